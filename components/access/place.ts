/** Where what says who may pass belongs: the pods that it selects, and what of their traffic it is for. */
import type { Known } from "../schema";
import type { ObjectMetadata } from "../arguments";
import type { AccessArgs, ExtensionProviderArgs, IpsArgs, JwtArgs } from "./args";
import type { AccessScope } from "./scope";

/** `AccessArgs` once every value is there, without what is secret in them. */
export type AccessData = Known<AccessArgs>;
export type JwtData = Known<JwtArgs>;
export type ProviderData = Known<ExtensionProviderArgs>;

export interface AccessPlace {
    /** What the objects' names begin with. */
    readonly name: string;
    /** Of an object of this name, beside the gateway's pods. */
    readonly metadata: (name: string) => ObjectMetadata;
    /** The labels of the gateway's pods. */
    readonly selector: Readonly<Record<string, string>>;
    /** Whether it is for all that the gateway serves. */
    readonly whole: boolean;
    readonly scope: AccessScope;
}

/** The arguments, and where they hold. */
export interface AccessOrder {
    readonly access: AccessData;
    readonly place: AccessPlace;
    /** Of the gateway itself. */
    readonly providers?: readonly ProviderData[];
}

/** What there may be one policy of; objects and children are called by it. */
export type AccessPart = "allow" | "deny" | "ips" | "jwt" | "external" | "basic-auth";

/** The same of arguments and of data: what there is never comes later. */
interface Outline {
    readonly allow?: unknown;
    readonly deny?: unknown;
    readonly ips?: unknown;
    readonly jwt?: unknown;
    readonly external?: { readonly provider?: unknown } | undefined;
    readonly basicAuth?: unknown;
}

export function jwtList(jwt: unknown): readonly JwtData[] {
    return jwt === undefined || jwt === null ? [] : ((Array.isArray(jwt) ? jwt : [jwt]) as readonly JwtData[]);
}

export function ipLists(ips: unknown): Known<IpsArgs> {
    return (Array.isArray(ips) ? { allow: ips } : (ips ?? {})) as Known<IpsArgs>;
}

/** Whether nobody passes without a token. */
export function demandsToken(jwt: readonly JwtData[]): boolean {
    return jwt.length > 0 && jwt.every(({ required }) => required !== false);
}

const demandsMore = ({ audiences, claims }: JwtData): boolean => audiences !== undefined || Object.keys(claims ?? {}).length > 0;

/** The policies that there are to be. */
export function accessParts(access: Outline | undefined): AccessPart[] {
    if (access === undefined) return [];
    const jwt = jwtList(access.jwt);
    const has: Readonly<Record<AccessPart, boolean>> = {
        allow: access.allow !== undefined,
        deny: access.deny !== undefined,
        ips: access.ips !== undefined,
        jwt: demandsToken(jwt) || jwt.some(demandsMore),
        external: access.external !== undefined,
        "basic-auth": access.basicAuth !== undefined,
    };
    return (Object.keys(has) as AccessPart[]).filter((part) => has[part]);
}

export function hasTokens(access: Outline | undefined): boolean {
    return access !== undefined && jwtList(access.jwt).length > 0;
}

/** Whether there are providers of the component's own, which a ConfigMap tells the proxy. */
export function hasProviders(access: Outline | undefined, providers: readonly unknown[] | undefined): boolean {
    return (providers ?? []).length > 0 || typeof access?.external?.provider === "object" || access?.basicAuth !== undefined;
}
