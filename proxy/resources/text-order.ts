/** The one order of names and keys. */

/** By UTF-16 unit, never by locale: every machine must order alike. */
export function compareText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
