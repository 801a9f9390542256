/**
 * A label's value, which may be a stranger's: bounded, and told apart from another only where it is written otherwise too, as
 * Prometheus takes two lines of one name for a fault.
 */

/** What is longer is cut. */
const LONGEST = 256;
/** Readers take a NUL for the end of the text; of other control characters none is anybody's to send. Line ends are escaped. */
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f]/g;

export function isClear(value: string): boolean {
    return value.length <= LONGEST && !CONTROL.test(value);
}

export function clearValue(value: string): string {
    return cutValue(value).replace(CONTROLS, " ");
}

export function cutValue(value: string): string {
    return value.length <= LONGEST ? value : value.slice(0, LONGEST);
}

/** A copy: what is a part of a longer text holds all of that in memory, as a header of 60 KB or the whole head. */
export function ownText(text: string): string {
    const bytes = Buffer.from(text, "latin1").toString("latin1");
    return bytes === text ? bytes : Buffer.from(text, "utf16le").toString("utf16le");
}
