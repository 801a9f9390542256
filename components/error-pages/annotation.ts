/** How a VirtualService, or a gateway's Service, carries error pages. */
import { ERROR_PAGES_ANNOTATION } from "../../istio/semantics";
import { mentionsUnknown, UNKNOWN } from "../arguments";
import type { KnownArgs } from "../schema";
import type { ErrorPageArgs } from "./schema";

export type ErrorPageData = KnownArgs<ErrorPageArgs>;

/** None where there are no pages. */
export function errorPageAnnotations(pages: readonly ErrorPageData[] | undefined): Record<string, string> {
    if (!Array.isArray(pages) || pages.length === 0) return {};
    const given = pages as readonly ErrorPageData[];
    return {
        [ERROR_PAGES_ANNOTATION]: mentionsUnknown(given)
            ? UNKNOWN
            : JSON.stringify(given.map(({ statuses, of, html, json, text }) => ({ statuses, of, html, json, text }))),
    };
}
