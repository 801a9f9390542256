/** What is wrong with error pages by themselves: what the proxy would say of them. */
import { errorPagesOf } from "../../istio/semantics";
import { fault, faultBelow, mentionsUnknown, withoutFaulty, type Fault } from "../arguments";
import type { ErrorPageData } from "./annotation";

/** `dataPlane`: of the gateway that is to give them. */
export function errorPageFaults(path: string, pages: readonly ErrorPageData[] | undefined, dataPlane: string | undefined): Fault[] {
    if (!Array.isArray(pages)) return [];
    if (pages.length === 0) return [fault("GH0210", path, "there is no page.", "Give at least one, or leave it out.")];
    if (dataPlane === "istio")
        return [
            fault(
                "GH0210",
                path,
                "Istio has no words for error pages but those of an EnvoyFilter, and its proxy would give none.",
                'Leave it out, or give the gateway dataPlane "gatehouse".',
            ),
        ];
    const read = errorPagesOf((pages as readonly ErrorPageData[]).map(known));
    return "fault" in read ? [faultBelow(path, read.fault)] : [];
}

/** With something in the place of texts that come later, so that the rest can be looked at. */
function known({ statuses, of, html, json, text }: ErrorPageData): object {
    const shown = (page: string | undefined, other: string): string | undefined => (mentionsUnknown(page) ? other : page);
    return Object.fromEntries(
        Object.entries({ statuses, of, html: shown(html, "x"), json: shown(json, "{}"), text: shown(text, "x") }).filter(
            ([, value]) => value !== undefined,
        ),
    );
}

export function withSoundErrorPages<Args extends { readonly errorPages?: readonly ErrorPageData[] }>(
    args: Args,
    faults: readonly Fault[],
): Args {
    return withoutFaulty(args, ["errorPages"], faults);
}
