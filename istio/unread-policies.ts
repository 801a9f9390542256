/**
 * Policies in a document that cannot be read. Of such a document nobody knows what it holds; where its text names a kind
 * that keeps requests out, it is taken for one of those: what it forbids must not be let in for a missing bracket.
 */
import type { ObjectRef } from "./types";

const KIND = /\bkind["']?\s*:\s*["']?(AuthorizationPolicy|RequestAuthentication|WasmPlugin|TrafficExtension)\b/g;
const NAME = /\bmetadata["']?\s*:[^]{0,1000}?\bname["']?\s*:\s*["']?([a-z0-9][-a-z0-9.]*)/;
const NAMESPACE = /\bnamespace["']?\s*:\s*["']?([a-z0-9][-a-z0-9]*)/;
/** Plugins that authenticate or authorize say so. */
const PHASE = /\bAUTH[NZ]\b/;
/** A policy is a page; beyond that its names are not looked for. */
const MAX_HEAD = 65_536;

/** One of each kind that the text names. */
export function unreadPolicies(text: string): ObjectRef[] {
    const kinds = new Set([...text.matchAll(KIND)].map(([, kind]) => kind ?? ""));
    if (kinds.size === 0) {
        return [];
    }
    const head = text.slice(0, MAX_HEAD);
    const isPlugin = (kind: string): boolean => kind === "WasmPlugin" || kind === "TrafficExtension";
    return [...kinds].filter((kind) => !isPlugin(kind) || PHASE.test(text)).map((kind) => ({
        kind, namespace: NAMESPACE.exec(head)?.[1] ?? "default", name: NAME.exec(head)?.[1] ?? "(unreadable)",
    }));
}
