/** Whether a certificate is written as RFC 5280 §4.1 has it, where OpenSSL looks away and BoringSSL, and so Envoy, does not. */
import { childrenOf, contentOf, DER, elementAt, type DerElement } from "./der";

const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const V3 = 2;

export function isWellFormed(der: Buffer): boolean {
    const [tbs] = childrenOf(der, elementAt(der, 0));
    const fields = childrenOf(der, tbs);
    const version = fields[0]?.tag === VERSION ? versionOf(der, fields[0]) : 0;
    // Behind the serial number, the algorithm and the issuer.
    const validity = fields[fields[0]?.tag === VERSION ? 4 : 3];
    const times = childrenOf(der, validity);
    return (
        version <= V3 &&
        (version === V3 || !fields.some(({ tag }) => tag === EXTENSIONS)) &&
        times.length === 2 &&
        times.every((time) => isTime(der, time))
    );
}

function versionOf(der: Buffer, wrapper: DerElement): number {
    const [number] = childrenOf(der, wrapper);
    return number?.tag === DER.INTEGER && number.to - number.from === 1 ? der[number.from]! : Number.POSITIVE_INFINITY;
}

/** A GeneralizedTime is in UTC and without fractions (§4.1.2.5.2); of a UTCTime old tools write the offset. */
function isTime(der: Buffer, element: DerElement): boolean {
    const text = contentOf(der, element).toString("latin1");
    if (element.tag === DER.UTC_TIME)
        return /^\d{12}(?:Z|[+-]\d{4})$/.test(text) && isDay(Number(text.slice(0, 2)) + (text < "5" ? 2000 : 1900), text.slice(2));
    return element.tag === DER.GENERALIZED_TIME && /^\d{14}Z$/.test(text) && isDay(Number(text.slice(0, 4)), text.slice(4));
}

/** `rest`: month, day, hour, minute, second, two digits each. */
function isDay(year: number, rest: string): boolean {
    const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (rest.match(/\d\d/g) ?? []).map(Number);
    const date = new Date(Date.UTC(2000, month - 1, day));
    date.setUTCFullYear(year, month - 1, day);
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
