/** What becomes of header names with underscores, which some backends cannot tell from hyphens. */
import { isDouble } from "./claimed-names";
import { headerAt } from "../http/header-list";
import type { Exchange } from "./exchange";

/**
 * `forward`: as they came, but for those that would be read as a header over which something is decided, or that stands
 * there with hyphens too. `drop`: none goes on. `reject`: the request is answered 400.
 */
export const UNDERSCORE_POLICIES = ["forward", "drop", "reject"] as const;
export type UnderscorePolicy = (typeof UNDERSCORE_POLICIES)[number];

/** Takes out what may not go on, and tells of it. */
export function dropUnderscored(exchange: Exchange): void {
    const { headers, runtime, virtualHost } = exchange;
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (name.includes("_") && (runtime.underscores !== "forward" || isDouble(name, virtualHost) || headerAt(headers, name.replaceAll("_", "-")) !== -1)) {
            runtime.onHeaderDropped?.(name, exchange.connection);
            continue;
        }
        headers[kept++] = name;
        headers[kept++] = headers[at + 1]!;
    }
    headers.length = kept;
}
