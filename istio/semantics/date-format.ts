/**
 * Formats of dates in header variables, as Envoy reads them: strftime's letters, `%s` for seconds, `%3f` for so many digits
 * of a second, and absl's `%E3S`, `%E*S`, `%Ez`, `%E4Y`. Cut into pieces once; hot path: a date costs one pass over them.
 */

/** A text as it stands, or a letter with its flag: `-` leaves zeros out, `^` makes capitals; others are the letter's own. */
export type DatePart = string | { readonly letter: string; readonly flag: string; readonly digits: number };

const SPEC = /%(?:([1-9]?)f|E([0-9*])(S|f)|E(4Y|T|z|\*z)|(:?)z|([-_0^]?)[EO]?([aAbBhdejDFHIklmMpPrRSTyYCgGuwUVWzZcxXst%]))/y;
/** Envoy takes no format with a line's end. */
const LINE_END = /%[-_0^#]*[1-9]*[EO]?n/;

/** Undefined: a format that is not known here, or that Envoy refuses. */
export function parseDateFormat(format: string): readonly DatePart[] | undefined {
    if (LINE_END.test(format)) return undefined;
    const parts: DatePart[] = [];
    let text = "";
    for (let at = 0; at < format.length; ) {
        SPEC.lastIndex = at;
        const found = format[at] === "%" ? SPEC.exec(format) : null;
        if (found === null) {
            text += format[at];
            at += 1;
            continue;
        }
        at = SPEC.lastIndex;
        const [, fraction, extended, kind = "", special, colon, flag = "", letter] = found;
        if (text !== "") parts.push(text);
        text = "";
        if (fraction !== undefined) parts.push({ letter: "f", flag: "", digits: Number(fraction || 9) });
        else if (extended !== undefined)
            parts.push({ letter: kind === "S" ? "ES" : "Ef", flag: "", digits: extended === "*" ? -1 : Number(extended) });
        else if (special !== undefined) parts.push({ letter: `E${special}`, flag: "", digits: 0 });
        else if (letter === undefined) parts.push({ letter: colon === ":" ? "Ez" : "z", flag: "", digits: 0 });
        else parts.push({ letter, flag, digits: 0 });
    }
    if (text !== "") parts.push(text);
    return parts;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAY = 86_400_000;

/** `local`: in the time zone of the process, else in UTC. */
export function formatDate(parts: readonly DatePart[], time: number, local: boolean): string {
    const offset = local ? -new Date(time).getTimezoneOffset() : 0;
    const shown = new Date(time + offset * 60_000);
    let text = "";
    for (const part of parts)
        text += typeof part === "string" ? part : flagged(valueOf(part.letter, part.digits, shown, time, offset), part.flag);
    return text;
}

/** As Envoy writes a date that no format is given for. */
export function plainDate(time: number, local: boolean): string {
    if (!local) return new Date(time).toISOString();
    const offset = -new Date(time).getTimezoneOffset();
    return `${new Date(time + offset * 60_000).toISOString().slice(0, -1)}${zone(offset, "")}`;
}

function flagged(value: string, flag: string): string {
    if (flag === "^") return value.toUpperCase();
    if (flag === "" || value.length < 2) return value;
    const first = value[0];
    if (flag === "-" && (first === "0" || first === " ")) return value.slice(1);
    if (flag === "_" && first === "0") return ` ${value.slice(1)}`;
    return flag === "0" && first === " " ? `0${value.slice(1)}` : value;
}

/** Of a date that was moved by its offset, so that its UTC fields are those to be shown. */
function valueOf(letter: string, digits: number, date: Date, time: number, offset: number): string {
    switch (letter) {
        case "a":
            return DAYS[date.getUTCDay()]!.slice(0, 3);
        case "A":
            return DAYS[date.getUTCDay()]!;
        case "b":
        case "h":
            return MONTHS[date.getUTCMonth()]!.slice(0, 3);
        case "B":
            return MONTHS[date.getUTCMonth()]!;
        case "d":
            return two(date.getUTCDate());
        case "e":
            return spaced(date.getUTCDate());
        case "j":
            return String(dayOfYear(date)).padStart(3, "0");
        case "D":
        case "x":
            return `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${two(date.getUTCFullYear() % 100)}`;
        case "F":
            return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
        case "m":
            return two(date.getUTCMonth() + 1);
        case "H":
            return two(date.getUTCHours());
        case "I":
            return two(twelve(date));
        case "k":
            return spaced(date.getUTCHours());
        case "l":
            return spaced(twelve(date));
        case "M":
            return two(date.getUTCMinutes());
        case "p":
            return date.getUTCHours() < 12 ? "AM" : "PM";
        case "P":
            return date.getUTCHours() < 12 ? "am" : "pm";
        case "r":
            return `${two(twelve(date))}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${date.getUTCHours() < 12 ? "AM" : "PM"}`;
        case "R":
            return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
        case "S":
            return two(date.getUTCSeconds());
        case "T":
        case "X":
            return clock(date);
        case "y":
            return two(date.getUTCFullYear() % 100);
        case "Y":
        case "E4Y":
            return String(date.getUTCFullYear());
        case "C":
            return two(Math.floor(date.getUTCFullYear() / 100));
        case "g":
            return two(isoWeek(date).year % 100);
        case "G":
            return String(isoWeek(date).year);
        case "u":
            return String(date.getUTCDay() || 7);
        case "w":
            return String(date.getUTCDay());
        case "U":
            return two(Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7));
        case "V":
            return two(isoWeek(date).week);
        case "W":
            return two(Math.floor((dayOfYear(date) + 6 - ((date.getUTCDay() + 6) % 7)) / 7));
        case "z":
            return zone(offset, "");
        case "Ez":
            return zone(offset, ":");
        case "E*z":
            return `${zone(offset, ":")}:00`;
        case "Z":
            return offset === 0 ? "UTC" : zone(offset, "").slice(0, 3);
        case "c":
            return `${DAYS[date.getUTCDay()]!.slice(0, 3)} ${MONTHS[date.getUTCMonth()]!.slice(0, 3)} ${spaced(date.getUTCDate())} ${clock(date)} ${date.getUTCFullYear()}`;
        case "s":
            return String(Math.floor(time / 1000));
        case "f":
            return `${String(date.getUTCMilliseconds()).padStart(3, "0")}000000`.slice(0, digits);
        case "ES":
            return two(date.getUTCSeconds()) + fraction(date, digits, ".");
        case "Ef":
            return fraction(date, digits, "") || "0";
        case "ET":
            return "T";
        case "t":
            return "\t";
        default:
            return "%";
    }
}

/** -1 digits: as many as it has. */
function fraction(date: Date, digits: number, point: string): string {
    const thousandths = String(date.getUTCMilliseconds()).padStart(3, "0");
    if (digits !== -1) return digits === 0 ? "" : point + thousandths.padEnd(9, "0").slice(0, digits);
    const value = date.getUTCMilliseconds();
    const shown = value % 100 === 0 ? thousandths.slice(0, 1) : value % 10 === 0 ? thousandths.slice(0, 2) : thousandths;
    return value === 0 ? "" : point + shown;
}

function two(value: number): string {
    return value < 10 ? `0${value}` : String(value);
}

function spaced(value: number): string {
    return value < 10 ? ` ${value}` : String(value);
}

function twelve(date: Date): number {
    return date.getUTCHours() % 12 || 12;
}

function clock(date: Date): string {
    return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

function dayOfYear(date: Date): number {
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1;
}

/** ISO 8601: the week that has the year's first Thursday is its first. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
    const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY);
    return { year: thursday.getUTCFullYear(), week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}

function zone(minutes: number, between: string): string {
    const size = Math.abs(minutes);
    return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${between}${two(size % 60)}`;
}
