/** What a transfer-encoding means: chunked, or the fault that it is (RFC 9112 §6.1). */
import { FAULTS, type CodecFault } from "./fault";
import { isToken, trimBlank } from "./fields";

/**
 * Undefined for exactly one `chunked`. A list that does not end in it, repeats it or is malformed has no length that
 * all would agree on; one that ends in it names a coding that we do not speak.
 */
export function codingFault(coding: string, count: number): CodecFault | undefined {
    if (count === 1 && (coding === "chunked" || coding.toLowerCase() === "chunked")) return undefined;
    if (count > 1) return FAULTS.coding;
    const codings = coding.toLowerCase().split(",").map(trimBlank);
    if (codings.at(-1) !== "chunked" || codings.indexOf("chunked") !== codings.length - 1) return FAULTS.coding;
    return codings.every(isToken) ? FAULTS.codingUnknown : FAULTS.coding;
}
