/** The error pages that somebody is given. */
import { EVERY_HOST, type ErrorPagesEntry } from "../../tables/error-pages";
import { distinctEntries, type SaidOf } from "../context/said";
import type { ErrorPageRule } from "./model/error-pages";
import { originOf } from "./origin";

export function errorPagesEntry(key: string, { pages, subject, field }: ErrorPageRule): ErrorPagesEntry {
    return { key, pages, origin: originOf(subject, field) };
}

/** Each once, and those of the whole gateway. */
export function errorPageUses(said: readonly SaidOf<"errorPages">[], ofGateway: ErrorPageRule | undefined): readonly ErrorPagesEntry[] {
    return distinctEntries(said, ofGateway ? [errorPagesEntry(EVERY_HOST, ofGateway)] : []);
}
