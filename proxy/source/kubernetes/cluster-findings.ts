/** What people have to know of the way to the API server: one finding for what has one cause. */
import { finding, type Finding } from "../../../istio/findings";
import { isPolicyKind } from "../../../istio/semantics/policy-effect";
import { GROUP_OF_KIND } from "../../../istio/types";
import type { ApiFailure } from "./api-failure";
import { resourceText, type WatchedKind } from "./kinds";

/** One kind, as it stands. */
export interface KindState {
    readonly watched: WatchedKind;
    readonly synced: boolean;
    readonly failure: ApiFailure | undefined;
    /** Until when what is known was known to be so; 0: never read. */
    readonly lastContact: number;
}

export interface ClusterNames {
    readonly server: string;
    /** `the token of …`, `context … of …`. */
    readonly credentials: string;
    readonly namespace: string;
    /** Whether everything was read once. */
    readonly isServing: boolean;
    /** When the credentials end, where that can be read from them. */
    readonly expiry?: Date;
}

export function clusterFindings(kinds: readonly KindState[], names: ClusterNames): Finding[] {
    const failing = (...wanted: readonly ApiFailure["kind"][]): KindState[] =>
        kinds.filter(({ failure }) => failure !== undefined && wanted.includes(failure.kind));
    return [
        ...unreachable(failing("unreachable", "refused", "throttled"), names),
        ...unauthorized(failing("unauthorized"), names),
        ...failing("forbidden").map((one) => forbidden(one, names)),
        ...absent(failing("absent").filter(({ watched }) => isMissed(watched))),
    ];
}

/**
 * Extensions and workloads outside Kubernetes nobody needs, and most clusters are without some kind of them; nobody would know
 * that who may pass can't be said.
 */
function isMissed({ kind, group }: WatchedKind): boolean {
    return kind !== "WorkloadEntry" && (!isPolicyKind(kind) || group === GROUP_OF_KIND.AuthorizationPolicy);
}

function unreachable(kinds: readonly KindState[], { server, isServing }: ClusterNames): Finding[] {
    if (kinds.length === 0) return [];
    const message = `The API server ${server} does not answer as it should: ${reasonOf(kinds)}; ${consequence(kinds, isServing)}.`;
    return [finding("GH0490", {}, message, "It is asked again and again; check that it runs, and the way to it.")];
}

function unauthorized(kinds: readonly KindState[], { server, credentials, expiry, isServing }: ClusterNames): Finding[] {
    if (kinds.length === 0) return [];
    const when = expiry && expiry.getTime() < Date.now() ? `, which expired at ${expiry.toISOString()}` : "";
    const said = reasonOf(kinds);
    const detail = said === "" || said === "Unauthorized" ? "" : ` (${said})`;
    return [
        finding(
            "GH0491",
            {},
            `The API server ${server} does not take ${credentials}${when}${detail}; ${consequence(kinds, isServing)}.`,
            "Put a valid one in its place: it is read again before every try.",
        ),
    ];
}

function forbidden(one: KindState, { credentials, namespace, isServing }: ClusterNames): Finding {
    const { watched, failure } = one;
    const verb = failure?.kind === "forbidden" ? failure.verb : "list";
    const who = /User "([^"]+)"/.exec(failure?.kind === "forbidden" ? failure.reason : "")?.[1] ?? credentials;
    const { only, ownNamespace, group, resource } = watched;
    const where = only
        ? `${only.name} in namespace ${only.namespace}, which says the root namespace`
        : ownNamespace
          ? `in namespace ${namespace}`
          : "in the whole cluster";
    const names = only ? `, resourceNames [${JSON.stringify(only.name)}]` : "";
    const grant = `${ownNamespace ? `a Role in ${namespace}` : "a ClusterRole"} with apiGroups [${JSON.stringify(group)}], resources [${JSON.stringify(resource)}]${names}, verbs ["list", "watch"]`;
    return finding(
        "GH0492",
        {},
        `${who} may not ${verb} ${resourceText(watched)} ${where}; ${consequence([one], isServing)}.`,
        `Bind it to ${grant}${only ? ", or say the namespace with --root-namespace" : ""}.`,
    );
}

function absent(kinds: readonly KindState[]): Finding[] {
    const groups = new Map<string, string[]>();
    for (const { watched } of kinds) groups.set(watched.group, [...(groups.get(watched.group) ?? []), watched.kind]);
    return [...groups].map(([group, names]) =>
        finding(
            "GH0493",
            {},
            `The cluster does not know ${listed(names)}${group === "" ? "" : ` of ${group}`}: it counts as having none.`,
            group.endsWith("istio.io") ? "Install Istio's CustomResourceDefinitions; they are taken up when they are there." : "",
        ),
    );
}

/** The first kind's reason: one is enough, and the same one while it lasts. */
function reasonOf(kinds: readonly KindState[]): string {
    const failure = kinds[0]?.failure;
    if (failure === undefined) return "";
    return "reason" in failure ? failure.reason : failure.kind === "throttled" ? "it asks us to ask less often" : failure.kind;
}

function consequence(kinds: readonly KindState[], isServing: boolean): string {
    const never = isServing ? [] : kinds.filter(({ synced, watched }) => !synced && watched.needed);
    if (never.length > 0) return `nothing is served before ${listed(never.map(({ watched }) => watched.kind))} could be read`;
    const known = kinds.filter(({ synced }) => synced);
    if (known.length === 0) return `${listed(kinds.map(({ watched }) => watched.kind))} counts as absent`;
    const since = Math.min(...known.map(({ lastContact }) => lastContact));
    return `what was read until ${new Date(since).toISOString()} is served: ${listed(known.map(({ watched }) => watched.kind))}`;
}

function listed(names: readonly string[]): string {
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;
}
