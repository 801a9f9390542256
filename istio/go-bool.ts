/** What Go's strconv.ParseBool reads, by which Istio takes the values of annotations. */
const TRUE: readonly string[] = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE: readonly string[] = ["0", "f", "F", "FALSE", "false", "False"];

/** Undefined: neither. */
export function goBool(text: string): boolean | undefined {
    return TRUE.includes(text) ? true : FALSE.includes(text) ? false : undefined;
}
