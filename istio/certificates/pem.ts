/**
 * PEM (RFC 7468) as Envoy's BoringSSL reads it: what stands between blocks is passed over, a line begins a block only
 * where it begins with its dashes, and blocks that are cut short are none.
 */

export interface PemBlock {
    readonly label: string;
    readonly der: Buffer;
    /** Headers as of encrypted keys (RFC 1421), before the body. */
    readonly headers: string;
}

const BEGIN = /^-----BEGIN ([^-\r\n]*(?:-[^-\r\n]+)*)-----\s*$/;

/** All blocks in order; undefined where one is cut short, holds what is no base64, or begins in the midst of a line. */
export function pemBlocks(text: string): PemBlock[] | undefined {
    const lines = text.split("\n");
    const blocks: PemBlock[] = [];
    for (let at = 0; at < lines.length; at++) {
        const [, label] = BEGIN.exec(lines[at]!) ?? [];
        if (label === undefined) continue;
        let end = at + 1;
        while (end < lines.length && !lines[end]!.startsWith("-----")) end++;
        if (lines[end]?.trimEnd() !== `-----END ${label}-----`) return undefined;
        const body = lines.slice(at + 1, end).map((line) => line.trimEnd());
        const blank = body.indexOf("");
        // What stands before a blank line is a header, of which there is one kind.
        if (blank > 0 && !body[0]!.startsWith("Proc-Type:")) return undefined;
        const base64 = body
            .slice(blank + 1)
            .join("")
            .replaceAll(/[ \t]/g, "");
        if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
        blocks.push({ label, der: Buffer.from(base64, "base64"), headers: body.slice(0, Math.max(0, blank)).join("\n") });
        at = end;
    }
    return blocks;
}

/** Characters of a line (RFC 7468 §2). */
const LINE = 64;

export function pemText(label: string, der: Buffer): string {
    const base64 = der.toString("base64");
    let text = `-----BEGIN ${label}-----\n`;
    for (let from = 0; from < base64.length; from += LINE) text += `${base64.slice(from, from + LINE)}\n`;
    return `${text}-----END ${label}-----\n`;
}
