/** A list in pages: neither the API server nor the proxy holds ten thousand objects as one text. */
import { isRecord } from "../../../istio/validation";
import { ApiError } from "./api-failure";

/** What client-go asks for. */
const PAGE = 500;

/** Gives the resource version of the whole list. Throws an ApiError. */
export async function readPages(
    ask: (query: Readonly<Record<string, string>>) => Promise<unknown>,
    onItems: (items: readonly unknown[]) => void,
): Promise<string> {
    for (let next = ""; ; ) {
        const { items, resourceVersion, more } = pageOf(await ask({ limit: String(PAGE), ...(next === "" ? {} : { continue: next }) }));
        onItems(items);
        if (more === "") return resourceVersion;
        next = more;
    }
}

function pageOf(value: unknown): { readonly items: readonly unknown[]; readonly resourceVersion: string; readonly more: string } {
    const { kind, items, metadata } = isRecord(value) ? value : {};
    const { resourceVersion, continue: more } = isRecord(metadata) ? metadata : {};
    if (typeof kind !== "string" || !kind.endsWith("List") || typeof resourceVersion !== "string")
        throw new ApiError({ kind: "refused", reason: "its answer is no list" });
    // An empty list of metadata has null for its items.
    return { items: Array.isArray(items) ? (items as unknown[]) : [], resourceVersion, more: typeof more === "string" ? more : "" };
}
