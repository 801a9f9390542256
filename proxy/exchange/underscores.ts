/** What becomes of header names with underscores, which some backends cannot tell from hyphens. */
import { isDouble } from "./claimed-names";
import { headerAt } from "../http/header-list";
import type { OpenExchange } from "./open-exchange";

/** Takes out what may not go on, and tells of it. */
export function dropUnderscored(exchange: OpenExchange): void {
    const { headers, runtime, virtualHost } = exchange;
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (
            name.includes("_") &&
            (runtime.underscores !== "forward" || isDouble(name, virtualHost) || headerAt(headers, name.replaceAll("_", "-")) !== -1)
        ) {
            runtime.onHeaderDropped?.(name, exchange.connection);
            continue;
        }
        headers[kept++] = name;
        headers[kept++] = headers[at + 1]!;
    }
    headers.length = kept;
}
