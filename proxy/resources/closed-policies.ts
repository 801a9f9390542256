/**
 * Objects that have never been good. What a policy forbids must not be let in, so that it counts as far as it can be read:
 * whom it could be for is refused. What a VirtualService forbids neither, nor is sent in the clear what a DestinationRule
 * wants encrypted: its hosts are refused.
 */
import { isDeepStrictEqual } from "node:util";
import type { ParsedDocuments } from "../../istio/documents";
import { finding, type Finding, type Place } from "../../istio/findings";
import { kindTable } from "../../istio/fields";
import { apiVersionOf } from "../../istio/semantics/api-groups";
import { effectOf, isRestrictingKind, meantKind } from "../../istio/semantics/policy-effect";
import { attachmentOf } from "../../istio/semantics/policy-scope";
import { isMeshConfigRef } from "../../istio/semantics/root-namespace";
import { GROUP_OF_KIND, refText, type Kind, type KubeObject, type ObjectRef } from "../../istio/types";
import type { PlacedObject } from "./placed-object";
import { refusedObject } from "./refused-object";

/** The object under the API group of its kind, whatever it says itself: nobody is to take it for another's. */
function closedObject(object: KubeObject): KubeObject {
    const kind = object.kind as Kind;
    return { ...object, apiVersion: apiVersionOf(GROUP_OF_KIND[kind], kindTable(kind).versions[0] ?? "v1") };
}

/** What counts of an object that has never been good; undefined where its kind keeps nobody out. */
export function closedPolicy(object: KubeObject, place: Place | undefined, isAnywhere = false): PlacedObject | undefined {
    const kind = meantKind(object);
    if (kind === undefined) return undefined;
    const refused = refusedObject({ ...object, kind });
    if (refused) return { ...refused, ...(place ? { place } : {}), ...(isAnywhere && kind === "Sidecar" ? { isAnywhere } : {}) };
    if (!isRestrictingKind(kind)) return undefined;
    return {
        object: closedObject({ ...object, kind }),
        isClosed: true,
        ...(place ? { place } : {}),
        ...(isAnywhere ? { isAnywhere } : {}),
    };
}

/** The mesh's configuration: what it said of who may leave is not known, so that nobody may. */
export function closedMeshConfig({ name, namespace }: Pick<ObjectRef, "name" | "namespace">, place: Place | undefined): PlacedObject {
    const data = { mesh: "outboundTrafficPolicy: { mode: REGISTRY_ONLY }" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data } as KubeObject;
    return { object, isClosed: true, ...(place ? { place } : {}) };
}

/** Of an object of which nothing but a name is known, for what is wrong at `field`. */
export function closedByName(ref: ObjectRef, place: Place | undefined, field: string): PlacedObject | undefined {
    if (isMeshConfigRef(ref)) return closedMeshConfig(ref, place);
    return closedPolicy(nothingOf(ref), place, field === "" || field === "metadata" || field.startsWith("metadata.namespace"));
}

/** Of a document that was not read as any object: nobody knows whom it was for. */
export function closedEverywhere(ref: ObjectRef, place: Place): PlacedObject | undefined {
    return closedPolicy(nothingOf(ref), place, true);
}

/**
 * Copies of a policy that differ: which one is meant nobody knows, so that what any of them keeps out stays out, and what
 * any of them encrypts does not go out in the clear. Undefined where there is nothing to choose.
 */
export function strictestOf(copies: readonly PlacedObject[]): PlacedObject | undefined {
    const [first, ...others] = copies;
    if (first === undefined || others.every(({ object, isClosed }) => !isClosed && isDeepStrictEqual(object, first.object)))
        return undefined;
    if (first.object.kind === "DestinationRule") return strictestRule(first, others);
    if (!isRestrictingKind(first.object.kind)) return undefined;
    const both = deniedByAny(first, others);
    if (both !== undefined) return both;
    const strict = copies.filter(({ object, isClosed }) => isClosed || keepsOut(object));
    const [one] = strict;
    if (one === undefined) return undefined;
    const isAnywhere = strict.some((other) => other.isAnywhere || !areForSame(other, one));
    return {
        object: closedObject(one.object),
        isClosed: true,
        ...(one.place ? { place: one.place } : {}),
        ...(isAnywhere ? { isAnywhere } : {}),
    };
}

/** Where all of them deny, and for the same: what any of them denies, and nothing else. */
function deniedByAny(first: PlacedObject, others: readonly PlacedObject[]): PlacedObject | undefined {
    const lists = [first, ...others].map(deniedBy);
    if (lists.includes(undefined) || !others.every((other) => areForSame(other, first))) return undefined;
    const { spec } = first.object as { readonly spec?: object };
    const merged = { ...first.object, spec: { ...spec, rules: lists.flatMap((rules) => rules ?? []) } };
    return { ...first, object: merged };
}

function areForSame({ object }: PlacedObject, other: PlacedObject): boolean {
    return isDeepStrictEqual(attachmentOf(object), attachmentOf(other.object));
}

/** Undefined: of something else than a DENY that is in force. */
function deniedBy({ object, isClosed }: PlacedObject): readonly unknown[] | undefined {
    const { spec } = object as { readonly spec?: { readonly action?: unknown; readonly rules?: unknown } };
    if (isClosed || object.kind !== "AuthorizationPolicy" || spec?.action !== "DENY" || !Array.isArray(spec.rules)) return undefined;
    return effectOf(object).kind === "decides" ? spec.rules : undefined;
}

function keepsOut(object: KubeObject): boolean {
    const { kind } = effectOf(object);
    return kind === "restricts" || kind === "decides";
}

/** The first rule is in force unless another asks for TLS where it asks for none. */
function strictestRule(first: PlacedObject, others: readonly PlacedObject[]): PlacedObject | undefined {
    const refusedOf = (copy: PlacedObject): PlacedObject | undefined => (copy.isClosed ? copy : closedPolicy(copy.object, copy.place));
    const hostOf = (one: PlacedObject | undefined): unknown =>
        (one?.object as { readonly spec?: { readonly host?: string } } | undefined)?.spec?.host;
    const own = hostOf(refusedOf(first));
    return others.map(refusedOf).find((one) => one !== undefined && hostOf(one) !== own);
}

/** All of a text that did not become objects. */
export function closedPoliciesOf({ findings, unread = [] }: Omit<ParsedDocuments, "documents">): PlacedObject[] {
    const named = findings.flatMap(({ level, object, place, field }) =>
        level === "Error" && object?.name ? (closedByName(object, place, field) ?? []) : [],
    );
    return [...named, ...unread.flatMap(({ ref, place }) => closedEverywhere(ref, place) ?? [])];
}

function nothingOf({ group, kind, namespace, name }: ObjectRef): KubeObject {
    return { apiVersion: apiVersionOf(group, "v1"), kind, metadata: { name, namespace } };
}

/** `standIn`: what counts in its place. */
export function absentObject(object: ObjectRef, standIn: PlacedObject | undefined, place?: Place): Finding {
    if (standIn && standIn.refused === undefined && object.kind !== "ConfigMap") return neverGoodFinding(object, place);
    return finding(
        "GH0404",
        { object, ...(place ? { place } : {}) },
        `${refText(object)} is not in force: it has never been good.${standIn ? refusedText(standIn.object) : ""}`,
    );
}

/** What becomes of those for whom it would be. */
function refusedText({
    kind,
    spec = {},
}: KubeObject & {
    readonly spec?: { readonly hosts?: readonly string[]; readonly host?: string; readonly servers?: readonly RefusedServer[] };
}): string {
    if (kind === "ConfigMap") return " In mesh mode nothing goes out to what is not known, as by REGISTRY_ONLY.";
    const { hosts, host, servers = [] } = spec;
    if (servers.length > 0) {
        const of = (wanted: boolean): string[] => [
            ...new Set(servers.filter(({ tls }) => (tls.httpsRedirect ?? false) === wanted).flatMap((server) => server.hosts)),
        ];
        const [closed, redirected] = [of(false), of(true)];
        return (
            (closed.length > 0 ? ` No handshake is accepted for ${shown(closed)}.` : "") +
            (redirected.length > 0 ? ` Plain requests for ${shown(redirected)} are redirected to https.` : "")
        );
    }
    const named = hosts ?? (host === undefined ? [] : [host]);
    return named.length === 0 ? "" : ` Requests for ${shown(named)} get ${kind === "VirtualService" ? 500 : 503}.`;
}

interface RefusedServer {
    readonly hosts: readonly string[];
    readonly tls: { readonly httpsRedirect?: boolean };
}

function shown(names: readonly string[]): string {
    return (names.length > 5 ? [...names.slice(0, 5), "…"] : names).join(", ");
}

function neverGoodFinding(object: ObjectRef, place?: Place): Finding {
    return finding(
        "GH0465",
        { object, ...(place ? { place } : {}) },
        `${refText(object)} has never been good: whom it could be for refuses everything.`,
        "Mend what is said of it, or remove it.",
    );
}
