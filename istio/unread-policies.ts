/**
 * Policies in a document that cannot be read. Of such a document nobody knows what it holds; where its text names a kind
 * that keeps requests out, it is taken for one of those: what it forbids must not be let in for a missing bracket.
 */
import { refOfKind, type Kind, type ObjectRef } from "./types";

/** With what YAML may put before a value: a block's header, an anchor, a tag. */
const KIND =
    /\bkind["']?\s*:\s*(?:[>|][-+\d]*\s+|[&!]\S*\s+)*["']?(AuthorizationPolicy|RequestAuthentication|WasmPlugin|TrafficExtension|Sidecar)(?:List)?\b/g;
/** A kind that is written by an alias or with escapes may be any, also one that the text names elsewhere. */
const HIDDEN_KIND = /\bkind["']?\s*:\s*(?:\*|"[^"\n]*\\)/;
const NAME = /\bmetadata["']?\s*:[^]{0,1000}?\bname["']?\s*:\s*["']?([a-z0-9][-a-z0-9.]*)/;
const NAMESPACE = /\bnamespace["']?\s*:\s*["']?([a-z0-9][-a-z0-9]*)/;
/** Plugins that authenticate or authorize say so. */
const PHASE = /\bAUTH[NZ]\b/;
/** A policy is a page; beyond that its names are not looked for. */
const MAX_HEAD = 65_536;

/** One of each kind that the text names. */
export function unreadPolicies(text: string): ObjectRef[] {
    const kinds = new Set([...text.matchAll(KIND)].map(([, kind]) => kind as Kind));
    if (HIDDEN_KIND.test(text)) kinds.add("AuthorizationPolicy");
    if (kinds.size === 0) {
        return [];
    }
    const head = text.slice(0, MAX_HEAD);
    const isPlugin = (kind: Kind): boolean => kind === "WasmPlugin" || kind === "TrafficExtension";
    return [...kinds]
        .filter((kind) => !isPlugin(kind) || PHASE.test(text))
        .map((kind) => refOfKind(kind, NAMESPACE.exec(head)?.[1] ?? "default", NAME.exec(head)?.[1] ?? "(unreadable)"));
}
