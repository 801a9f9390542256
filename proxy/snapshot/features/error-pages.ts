/** Error pages as a worker gives them: by status, for answers of our own and for those of backends, cut where values are put in. */
import { ERROR_PAGE_FORMS, pageParts, type ErrorPageForm } from "../../../istio/semantics";
import type { ErrorPageEntry, ErrorPagesEntry, Origin } from "../../tables";

export const FIRST_ERROR = 400;
const LAST_ERROR = 599;

export interface BoundErrorPages {
    readonly origin: Origin;
    readonly entry: ErrorPagesEntry;
    /** By status, from FIRST_ERROR on. */
    readonly own: readonly (BoundErrorPage | undefined)[];
    readonly backends: readonly (BoundErrorPage | undefined)[];
}

export interface BoundErrorPage {
    readonly entry: ErrorPageEntry;
    /** In the order in which one is taken that the client likes as well as another. */
    readonly forms: readonly PageForm[];
}

export interface PageForm {
    readonly form: ErrorPageForm;
    /** Text and names of values by turns. */
    readonly parts: readonly string[];
}

export function bindPages(entry: ErrorPagesEntry): BoundErrorPages {
    const pages = entry.pages.map((one): BoundErrorPage => ({ entry: one, forms: formsOf(one) }));
    return { origin: entry.origin, entry, own: byStatus(pages), backends: byStatus(pages.filter((one) => one.entry.of === "all")) };
}

/** The narrowest range counts, and of equals the first. */
function byStatus(pages: readonly BoundErrorPage[]): (BoundErrorPage | undefined)[] {
    const ranges = pages.flatMap((page) => page.entry.statuses.map(([from, to]) => ({ from, to, page })));
    const narrowest = ranges.sort((a, b) => a.to - a.from - (b.to - b.from));
    return Array.from({ length: LAST_ERROR - FIRST_ERROR + 1 }, (_none, index) => {
        const status = FIRST_ERROR + index;
        return narrowest.find(({ from, to }) => from <= status && status <= to)?.page;
    });
}

export function formsOf(entry: Readonly<Partial<Record<ErrorPageForm, string>>>): readonly PageForm[] {
    return ERROR_PAGE_FORMS.flatMap((form): PageForm[] => {
        const text = entry[form];
        return text === undefined ? [] : [{ form, parts: pageParts(text) }];
    });
}
