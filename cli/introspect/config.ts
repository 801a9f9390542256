/** What a proxy says of its configuration, as it comes from the admin server. */
import type { EndpointAnswer, UnresolvedAnswer, ContextAnswer } from "../../proxy/admin/inspection";
import type { Finding } from "../../istio";
import { TABLE_NAMES, type Origin, type SecretEntry, type TableEntries } from "../../proxy/tables";
import type { AdminSource } from "./admin-source";

/** Of a certificate what may be seen. */
export interface ShownCertificate {
    readonly subject: string;
    readonly issuer: string;
    readonly serialNumber: string;
    readonly subjectAltName: string;
    readonly notBefore: string;
    readonly notAfter: string;
}

export interface ShownSecret extends Pick<SecretEntry, "key" | "fingerprint" | "origin"> {
    readonly certificate: ShownCertificate | "unreadable" | null;
    readonly ca: ShownCertificate | "unreadable" | null;
}

export interface ShownPolicy extends Omit<TableEntries["authorizations"], "rules" | "connectionRules"> {
    readonly rules: readonly unknown[];
    readonly connectionRules: readonly unknown[];
}

type Shown = Omit<TableEntries, "secrets" | "authorizations"> & { readonly secrets: ShownSecret; readonly authorizations: ShownPolicy };
type ShownTables = { readonly [T in keyof Shown]: readonly Shown[T][] };

/** Tables that were not asked for are empty. */
export interface ConfigDump extends ShownTables {
    /** 0: nothing was compiled yet. */
    readonly version: number;
}

export type TableNames = readonly (keyof ShownTables)[];

export const EMPTY_CONFIG = { version: 0, ...Object.fromEntries(TABLE_NAMES.map((name) => [name, []])) } as unknown as ConfigDump;

export async function configOf(proxy: AdminSource, tables: TableNames): Promise<ConfigDump> {
    const query = tables.map((name) => `table=${name}`).join("&");
    const dump = (await proxy.get(`/config_dump?${query}`)) as Partial<ConfigDump>;
    return { ...EMPTY_CONFIG, ...dump };
}

export interface BoundPort {
    readonly key: string;
    readonly port: number;
}

export async function openPorts(proxy: AdminSource): Promise<ReadonlyMap<string, number>> {
    return new Map(((await proxy.get("/listeners")) as readonly BoundPort[]).map(({ key, port }) => [key, port]));
}

export async function findingsOf(proxy: AdminSource): Promise<readonly Finding[]> {
    return (await proxy.get("/findings")) as readonly Finding[];
}

export interface LiveEndpoints {
    readonly endpoints: readonly EndpointAnswer[];
    readonly unresolved: readonly UnresolvedAnswer[];
}

export async function endpointsOf(proxy: AdminSource): Promise<LiveEndpoints> {
    return (await proxy.get("/endpoints")) as LiveEndpoints;
}

export async function contextsOf(proxy: AdminSource): Promise<readonly ContextAnswer[]> {
    return (await proxy.get("/contexts")) as readonly ContextAnswer[];
}

/** `VirtualService shop/cart spec.http[2] (routes.yaml:17)`. */
export function originText({ kind, namespace, name, field, file, line }: Origin): string {
    const object = `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}${field === "" ? "" : ` ${field}`}`;
    return file === undefined ? object : `${object} (${file}:${line ?? 1})`;
}

/** As istioctl names an object: `cart.shop`. */
export function shortName({ namespace, name }: Pick<Origin, "namespace" | "name">): string {
    return `${name}.${namespace}`;
}
