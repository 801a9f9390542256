/** Requests are judged by the one form of their path (istio/semantics/path.ts); one that has none is refused. */
import type { SlashRules } from "../../http/edge-rules";
import { isGrpc } from "../../http/grpc";
import { mergeSlashes, normalisePath, unescapeSlashes } from "../../../istio/semantics/path";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

export function choosePath(state: ExchangeState): Verdict {
    // It asks for a host and a port, and for no path.
    if (state.method === "CONNECT") return ON;
    const slashes = state.connection.edge?.slashes;
    if (slashes !== undefined) return chooseBySlashes(state, slashes);
    const path = normalisePath(state.path);
    if (path === undefined) return noPath();
    takePath(state, path);
    return ON;
}

/**
 * As Envoy does it (path_with_escaped_slashes_action, merge_slashes): slashes are unescaped before dot segments go, so that none
 * hides behind one, and merged after.
 */
function chooseBySlashes(state: ExchangeState, { merge, escaped }: SlashRules): Verdict {
    const unescaped = escaped === "keep" ? state.path : unescapeSlashes(state.path);
    const isOther = unescaped !== state.path;
    // No client of gRPC follows a redirect.
    if (isOther && (escaped === "reject" || (escaped === "redirect" && isGrpc(state.headers)))) return noPath();
    const normal = normalisePath(unescaped);
    if (normal === undefined) return noPath();
    takePath(state, merge ? mergeSlashes(normal) : normal);
    if (!isOther || escaped !== "redirect") return ON;
    if (state.authority === "") return answer(400, "", "", "missing_host_header");
    // With scheme and host, as `//other.example` alone would lead to another host.
    return answer(307, "", "", "path_normalization_failed", ["location", `${state.scheme}://${state.authority}${state.path}`]);
}

function noPath(): Verdict {
    return answer(400, "", "", "path_normalization_failed");
}

function takePath(state: ExchangeState, path: string): void {
    state.path = path;
    const query = path.indexOf("?");
    state.pathname = query === -1 ? path : path.slice(0, query);
}
