/**
 * Scenarios in a real cluster: objects go to the API server, and the proxy reads them from there with the token of a
 * ServiceAccount that has the rights which a gateway component renders, and no other.
 */
import { parseAllDocuments } from "yaml";
import { buildAccess } from "../../../../components/workload/access";
import { groupOf, isNamespaced } from "../../../../istio/semantics";
import { planWorkload } from "../../../../components/workload/plan";
import type { ControlPlane } from "../../../support/control-plane";
import type { Setting, Stage } from "../../../support/stage";
import { KubeApi } from "./kube-api";

interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

const ACCOUNT = "gateway";
const NAMESPACES = ["istio-system", "istioinaction", "shop", "auth"];

export class ClusterStage implements Stage {
    readonly backendAddress: string;
    readonly #plane: ControlPlane;
    readonly #accounts = new Map<string, Promise<string>>();

    /** `backendAddress`: not of loopback, which the API server takes in no EndpointSlice. */
    constructor(plane: ControlPlane, backendAddress: string) {
        this.#plane = plane;
        this.backendAddress = backendAddress;
    }

    async open(): Promise<Setting> {
        await this.#plane.apply(NAMESPACES.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
        const api = new KubeApi(this.#plane);
        const written = new Map<string, readonly Manifest[]>();
        const write = async (name: string, text: string): Promise<void> => {
            const now = parseAllDocuments(text)
                .map((one) => one.toJS() as Manifest | null)
                .filter((one) => one !== null);
            const before = written.get(name) ?? [];
            written.set(name, now);
            for (const one of now)
                await api.send("PATCH", `${urlOf(one)}?fieldManager=scenario&force=true`, one, "application/apply-patch+yaml");
            for (const one of before) if (!now.some((other) => urlOf(other) === urlOf(one))) await api.send("DELETE", urlOf(one));
        };
        return {
            write,
            sourceArgs: async (namespace) => ["--kubernetes", "--kubeconfig", await this.#accountOf(namespace)],
            close: async () => {
                for (const name of [...written.keys()]) await write(name, "");
                api.close();
            },
        };
    }

    /** The kubeconfig of a gateway's ServiceAccount in a namespace. */
    #accountOf(namespace: string): Promise<string> {
        const made = this.#accounts.get(namespace) ?? this.#makeAccount(namespace);
        this.#accounts.set(namespace, made);
        return made;
    }

    async #makeAccount(namespace: string): Promise<string> {
        const { serviceAccount, role, roleBinding, clusterRole, clusterRoleBinding } = buildAccess(
            planWorkload("ingress", ACCOUNT, { namespace }),
        );
        const rbac = "rbac.authorization.k8s.io/v1";
        await this.#plane.apply([
            { apiVersion: "v1", kind: "ServiceAccount", ...serviceAccount },
            { apiVersion: rbac, kind: "Role", ...role },
            { apiVersion: rbac, kind: "RoleBinding", ...roleBinding },
            { apiVersion: rbac, kind: "ClusterRole", ...clusterRole },
            { apiVersion: rbac, kind: "ClusterRoleBinding", ...clusterRoleBinding },
        ]);
        return this.#plane.kubeconfigFor({ token: await this.#plane.token(namespace, ACCOUNT) });
    }
}

/** Every kind that scenarios use has the plural that English would give it. */
function urlOf({ apiVersion, kind, metadata }: Manifest): string {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const plural = `${kind.toLowerCase()}s`.replace(/([^aeiou])ys$/, "$1ies").replace(/sss$/, "sses");
    const within = isNamespaced(groupOf(apiVersion), kind) ? `namespaces/${metadata.namespace ?? "default"}/` : "";
    return `${group}/${within}${plural}/${metadata.name}`;
}
