/** What becomes of header names with underscores, which some backends cannot tell from hyphens. */
import { headerAt } from "../../http/header-list";
import { isDouble } from "../claimed-names";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/** After the host, whose rules name headers. */
export function judgeUnderscores(state: ExchangeState): Verdict {
    if (!state.head.underscored) return ON;
    if (state.runtime.underscores === "reject") return answer(400, "", "", "unexpected_underscore", [], true);
    dropUnderscored(state);
    return ON;
}

/** Takes out what may not go on, and tells of it. */
function dropUnderscored(state: ExchangeState): void {
    const { headers, runtime } = state;
    let kept = 0;
    for (let at = 0; at < headers.length; at += 2) {
        const name = headers[at]!;
        if (
            name.includes("_") &&
            (runtime.underscores !== "forward" || isDouble(name, state) || headerAt(headers, name.replaceAll("_", "-")) !== -1)
        ) {
            runtime.onHeaderDropped?.(name, state.connection);
            continue;
        }
        headers[kept++] = name;
        headers[kept++] = headers[at + 1]!;
    }
    headers.length = kept;
}
