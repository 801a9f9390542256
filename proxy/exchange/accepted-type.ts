/** Which of several media types a client likes best (RFC 9110 §12.5.1). What it can't be asked about is what it does not mind. */

export interface OfferedType {
    readonly type: string;
    readonly subtype: string;
}

interface Range extends OfferedType {
    readonly quality: number;
}

/** Of those it likes as well the first; undefined: it takes none. A header that says nothing takes any. */
export function acceptedType<T extends OfferedType>(accept: string | undefined, offered: readonly T[]): T | undefined {
    const ranges = accept === undefined ? [] : rangesOf(accept);
    if (ranges.length === 0) return offered[0];
    let best: T | undefined;
    let quality = 0;
    for (const one of offered) {
        const own = qualityOf(one, ranges);
        if (own <= quality) continue;
        best = one;
        quality = own;
    }
    return best;
}

/** What the narrowest range says that it is in. */
function qualityOf({ type, subtype }: OfferedType, ranges: readonly Range[]): number {
    let narrowest = -1;
    let quality = 0;
    for (const range of ranges) {
        const width = range.type === type ? (range.subtype === subtype ? 2 : range.subtype === "*" ? 1 : -1) : range.type === "*" ? 0 : -1;
        if (width <= narrowest) continue;
        narrowest = width;
        quality = range.quality;
    }
    return quality;
}

function rangesOf(accept: string): Range[] {
    return accept.split(",").flatMap((text): Range[] => {
        const [range = "", ...parameters] = text.split(";");
        const [type = "", subtype = ""] = range.trim().toLowerCase().split("/");
        if (type === "" || subtype === "") return [];
        const weight = parameters.map((one) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(one)?.[1]).find((one) => one !== undefined);
        const quality = weight === undefined ? 1 : Number(weight);
        return [{ type, subtype, quality: Number.isFinite(quality) ? Math.min(quality, 1) : 1 }];
    });
}
