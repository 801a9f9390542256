/** Maintenance as a worker keeps it: what is answered, and who passes. */
import { bindNetworks, type Networks } from "../../net/networks";
import type { EdgePart, Origin } from "../../tables";
import { formsOf, type PageForm } from "./error-pages";

export interface BoundMaintenance {
    readonly origin: Origin;
    readonly status: number;
    readonly retryAfter: string;
    /** In the order in which one is taken that the client likes as well as another; none: the plain answer. */
    readonly forms: readonly PageForm[];
    readonly header: { readonly name: string; readonly value: Buffer } | undefined;
    readonly cookie: { readonly name: string; readonly value: Buffer } | undefined;
    readonly networks: Networks | undefined;
    readonly paths: ReadonlySet<string>;
    readonly prefixes: readonly string[];
}

/** Undefined: it is served. */
export function bindMaintenance({ value, origin }: EdgePart<"maintenance">): BoundMaintenance | undefined {
    if (value === false) return undefined;
    const { header, cookie, addresses, paths } = value.bypass;
    return {
        origin,
        status: value.status,
        retryAfter: value.retryAfter,
        forms: formsOf(value.page),
        header: header && { name: header.name, value: Buffer.from(header.value, "latin1") },
        cookie: cookie && { name: cookie.name, value: Buffer.from(cookie.value, "latin1") },
        networks: addresses.length === 0 ? undefined : bindNetworks(addresses.map(networkOf).filter(isNetwork)),
        paths: new Set(paths.filter((path) => !path.endsWith("*"))),
        prefixes: paths.filter((path) => path.endsWith("*")).map((path) => path.slice(0, -1)),
    };
}

/** By one that is none nobody passes: `::ffff:10.0.0.0/8` is of IPv4, with a length that it has not. */
function isNetwork(network: ReturnType<typeof networkOf>): boolean {
    try {
        return bindNetworks([network]).first.length >= 0;
    } catch {
        return false;
    }
}

function networkOf(text: string): { readonly address: string; readonly length: number } {
    const [address = "", length] = text.split("/");
    return { address, length: length === undefined ? (address.includes(":") ? 128 : 32) : Number(length) };
}
