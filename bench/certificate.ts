/** The certificate of a run, made by openssl. */
import { execFileSync } from "node:child_process";
import { findTool } from "../harness/tools";

export interface BenchCertificate {
    /** Where the PEM files of the certificate and of its key go. */
    readonly certificate: string;
    readonly key: string;
    /** The name that it is for. */
    readonly host: string;
    readonly days: number;
}

/** ECDSA, and signed by itself. */
export function makeCertificate({ certificate, key, host, days }: BenchCertificate): void {
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", "/CN=bench.example", "-addext", `subjectAltName=DNS:${host}`];
    execFileSync(findTool("openssl")!, ["req", "-x509", ...kind, "-days", String(days), ...names, "-keyout", key, "-out", certificate], {
        stdio: "ignore",
    });
}
