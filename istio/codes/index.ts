/**
 * The one table of error codes. docs/messages.md is held equal to it by a test: a code is added here and there in one
 * commit. Each room has its hundred; a code is never used again for something else.
 */
import { RESOURCE_CODES } from "./resource";
import { COMPONENT_CODES } from "./component";
import { ENGINE_CODES } from "./engine";
import { PROXY_CODES } from "./proxy";
import { CLI_CODES } from "./cli";
import { POLICY_CODES } from "./policy";
import { ANALYSIS_CODES } from "./analysis";
import { ISTIO_CODES } from "./istio";

export interface CodeEntry {
    readonly level: "Error" | "Warning" | "Info";
    /** A short name: `UnknownField`. */
    readonly name: string;
    /** One sentence: when it is reported. */
    readonly when: string;
}

export const CODES = {
    ...RESOURCE_CODES,
    ...COMPONENT_CODES,
    ...ENGINE_CODES,
    ...PROXY_CODES,
    ...CLI_CODES,
    ...POLICY_CODES,
    ...ANALYSIS_CODES,
    ...ISTIO_CODES,
} satisfies Record<string, CodeEntry>;
export type Code = keyof typeof CODES;

/** Istio's own codes. */
export type IstioCode = keyof typeof ISTIO_CODES;
export { ISTIO_CODES };
