/** The roles that gateways' ServiceAccounts are bound to. */
import { isKind, type Thing } from "../thing";
import { at, items, text, UNKNOWN } from "../values";
import type { World } from "../world";
import { gatewayWorkloads } from "./workload";

export interface BoundRole {
    readonly binding: Thing;
    readonly role: Thing;
    readonly roleName: string;
    /** One of Kubernetes' own roles that write or administer. */
    readonly builtIn: boolean;
    /** The gateway. */
    readonly owner: Thing;
    /** Whether it holds in the gateway's own namespace alone. */
    readonly namespaced: boolean;
}
export type RoleBound = Omit<BoundRole, "role"> & { readonly role: Thing | undefined };

const RBAC = "rbac.authorization.k8s.io";
const BUILT_IN: readonly string[] = ["cluster-admin", "admin", "edit", "view", "system:masters"];

interface Account {
    readonly namespace: string;
    readonly name: string;
    readonly owner: Thing;
}

function accounts(world: World): Account[] {
    return gatewayWorkloads(world).flatMap(({ thing, spec }) => {
        const said = at(spec, "serviceAccountName") ?? at(spec, "serviceAccount");
        return thing.namespace === UNKNOWN || said === UNKNOWN
            ? []
            : [{ namespace: thing.namespace, name: text(said) ?? "default", owner: thing }];
    });
}

function roles(world: World): ReadonlyMap<string, Thing> {
    const own = world.of(RBAC, "Role").map((role) => [`Role ${String(role.namespace)}/${String(role.name)}`, role] as const);
    return new Map([...own, ...world.of(RBAC, "ClusterRole").map((role) => [`ClusterRole ${String(role.name)}`, role] as const)]);
}

export function boundRoles(world: World): RoleBound[] {
    const known = accounts(world);
    return [...world.of(RBAC, "RoleBinding"), ...world.of(RBAC, "ClusterRoleBinding")].flatMap((binding) => {
        const inNamespace = isKind(binding, RBAC, "RoleBinding");
        const roleName = text(at(binding.value, "roleRef", "name"));
        const kind = at(binding.value, "roleRef", "kind");
        if (roleName === undefined || binding.namespace === UNKNOWN) return [];
        const { namespace } = binding;
        const role = world.derive(roles).get(kind === "Role" ? `Role ${namespace}/${roleName}` : `ClusterRole ${roleName}`);
        const subjects = items(at(binding.value, "subjects"));
        const owners = known.filter((one) =>
            subjects.some(
                (subject) =>
                    at(subject, "kind") === "ServiceAccount" &&
                    at(subject, "name") === one.name &&
                    (at(subject, "namespace") ?? namespace) === one.namespace,
            ),
        );
        return owners.map(({ owner, namespace: own }) => ({
            binding,
            role,
            roleName,
            owner,
            builtIn: kind === "ClusterRole" && BUILT_IN.includes(roleName),
            namespaced: inNamespace && namespace === own,
        }));
    });
}
