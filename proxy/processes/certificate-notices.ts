/** A certificate that comes, or takes another's place, is a line of the process log: which it is, and until when. */
import { X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import { alternativeNames } from "../../istio/certificates";
import type { SecretEntry, TablesDelta } from "../tables";

/** Of one change: whoever renews thousands together looks at the figures. */
const MOST_TOLD = 20;
const MOST_NAMES = 10;

export class CertificateNotices {
    readonly #log: Logger;
    /** What each Secret or file held last. Nothing is parsed of what does not change. */
    readonly #known = new Map<string, string>();

    constructor(log: Logger) {
        this.#log = log;
    }

    /** Those that all begin with are told of by nobody: they are in the figures and in `proxy-config secrets`. */
    changed({ full, set, remove }: Pick<TablesDelta, "full" | "set" | "remove">): void {
        for (const key of remove.secrets ?? []) this.#known.delete(key);
        const news: { readonly secret: SecretEntry; readonly what: string }[] = [];
        for (const secret of set.secrets ?? []) {
            const { key, certificate } = secret;
            const before = this.#known.get(key);
            this.#known.set(key, certificate);
            if (!full && before !== certificate && certificate !== "")
                news.push({ secret, what: before === undefined ? "certificate added" : "certificate replaced" });
        }
        for (const { secret, what } of news.slice(0, MOST_TOLD)) this.#tell(secret, what);
        if (news.length > MOST_TOLD) this.#log.info({ certificates: news.length - MOST_TOLD }, "more certificates added or replaced");
    }

    #tell({ key: secret, certificate }: SecretEntry, what: string): void {
        try {
            const read = new X509Certificate(certificate);
            const names = alternativeNames(read)
                .flatMap(({ type, value }) => (type === "DNS" || type === "IP" ? value : []))
                .slice(0, MOST_NAMES);
            this.#log.info({ secret, serial: read.serialNumber, notAfter: read.validToDate.toISOString(), names }, what);
        } catch {
            // What can't be read no worker serves, and is a finding.
        }
    }
}
