/**
 * What the components of one program have taken: hosts, ports, object names. It hangs on the program's root Stack
 * resource and not on this module, because tests and the Automation API run several programs in one process.
 */
import * as pulumi from "@pulumi/pulumi";
import { fault, type Fault } from "./faults";
import type { Owner } from "./owner";
import { mentionsUnknown } from "./unknown";

/** One thing that only one component of a program can have in a cluster. */
export interface Claim {
    /** Identity: `host istio-ingress/public 443 webapp.example.com`. */
    readonly key: string;
    /** The argument that takes it. */
    readonly path: string;
    /** `the host webapp.example.com on port 443 of gateway istio-ingress/public`. */
    readonly what: string;
    /** What to do. Default: give it to one of the two. */
    readonly fix?: string;
}

/** What several components of a program may have, if they have it alike. */
export interface Setting extends Claim {
    readonly value: string;
}

interface Register {
    /** By cluster and key. */
    readonly owners: Map<string, Owner>;
    /** By cluster and key: of each owner. */
    readonly settings: Map<string, Map<Owner, string>>;
    /** By gateway: a host that demands tokens, and one that says nothing of them. */
    readonly tokens: Map<string, { readonly demanding: string | undefined; readonly silent: string | undefined }>;
    readonly clusters: Map<pulumi.ProviderResource, string>;
    readonly references: Map<string, pulumi.StackReference>;
    /** The definitions of kinds that the program installs itself, by cluster and kind. */
    readonly crds: Map<string, pulumi.Resource>;
    /** Hooks by their names, which a program can register once only. */
    readonly hooks: Map<string, pulumi.ErrorHook>;
    /** What hooks have said. */
    readonly advice: Set<string>;
}

// One key for every copy of the package that a program may have loaded.
const REGISTER = Symbol.for("gatehouse.register");

export function programRegister(): Register {
    const empty = (): Register => ({
        owners: new Map(),
        settings: new Map(),
        tokens: new Map(),
        clusters: new Map(),
        references: new Map(),
        crds: new Map(),
        hooks: new Map(),
        advice: new Set(),
    });
    const root = programRoot();
    if (!root) return empty();
    const known = root[REGISTER];
    if (known) return known;
    const made = empty();
    Object.defineProperty(root, REGISTER, { value: made, enumerable: false });
    return made;
}

/** The stack. A component that a provider's process constructs has none there: then its connection to the engine. */
function programRoot(): { [REGISTER]?: Register } | undefined {
    const stack = pulumi.runtime.getStackResource() as object | undefined;
    if (stack || !pulumi.runtime.hasMonitor()) return stack;
    const monitor = pulumi.runtime.getMonitor() as object | undefined;
    // Pulumi's mocks outlive the test that made a component.
    return monitor && "registerErrorHook" in monitor ? (monitor as object) : undefined;
}

/** A cluster in the keys of what is taken there. */
export function clusterKey(provider: pulumi.ProviderResource | undefined): string {
    if (provider === undefined) return "default";
    const { clusters } = programRegister();
    const known = clusters.get(provider) ?? `provider ${clusters.size + 1}`;
    clusters.set(provider, known);
    return known;
}

/** A kind in a cluster. */
export function crdKey(kind: string, provider: pulumi.ProviderResource | undefined): string {
    return `${clusterKey(provider)}: ${kind}`;
}

function bothText(first: Owner, second: Owner): string {
    return first.text === second.text ? `two components ${first.text}` : [first.text, second.text].sort().join(" and ");
}

/** A transform is asked by the engine, after the claims. */
const IN_TWO_CLUSTERS =
    "Where they are for two clusters, give each `provider` in its options: one that a transform puts in place is not seen.";

/** Takes what is free and tells what is not; a component may take its own again. */
export function takeClaims(owner: Owner, claims: readonly Claim[]): Fault[] {
    const provider = owner.provider();
    if (provider === "later") return [];
    const { owners } = programRegister();
    const cluster = clusterKey(provider);
    return claims
        .filter(({ key }) => !mentionsUnknown(key))
        .flatMap(({ key, path, what, fix = "Give it to one of them." }) => {
            const holder = owners.get(`${cluster}: ${key}`) ?? owner;
            if (holder === owner) {
                owners.set(`${cluster}: ${key}`, owner);
                return [];
            }
            return [
                fault(
                    "GH0208",
                    path,
                    `${bothText(holder, owner)} both take ${what}.`,
                    holder.saysProvider() || owner.saysProvider() ? fix : `${fix} ${IN_TWO_CLUSTERS}`,
                ),
            ];
        });
}

/** Tells what another component has otherwise; a component may have its own anew. */
export function takeSettings(owner: Owner, wanted: readonly Setting[]): Fault[] {
    const provider = owner.provider();
    if (provider === "later") return [];
    const { settings } = programRegister();
    const cluster = clusterKey(provider);
    return wanted.flatMap(({ key, path, what, value, fix = "Give both the same." }) => {
        const holders = settings.get(`${cluster}: ${key}`) ?? new Map<Owner, string>();
        const [other] = [...holders].find(([holder, has]) => holder !== owner && has !== value) ?? [];
        if (other) return [fault("GH0208", path, `${bothText(other, owner)} differ in ${what}.`, fix)];
        settings.set(`${cluster}: ${key}`, holders.set(owner, value));
        return [];
    });
}

const NAMES = ["name", "metadata.name"];

/** An object as others find it; one of the whole cluster has no namespace. */
export interface ObjectName {
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name: string;
    /** The argument that names it. Default: the component's own name. */
    readonly path?: string;
}

/**
 * The names of all objects that a component makes: two components of one would take turns at overwriting the object, or
 * stop half-way. Of several that clash with one component the first is told.
 */
export function takeNames(owner: Owner, objects: readonly ObjectName[]): Fault[] {
    const faults = takeClaims(
        owner,
        objects.map(({ kind, namespace, name, path = "name" }) => {
            const full = namespace === undefined ? name : `${namespace}/${name}`;
            return {
                key: `object ${kind} ${full}`,
                path,
                what: `the name ${kind} ${full}`,
                ...(NAMES.includes(path) ? { fix: "Give one of them another metadata.name." } : {}),
            };
        }),
    );
    return faults.slice(0, 1);
}
