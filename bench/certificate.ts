/** The certificate of a run, made by openssl. */
import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
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

/** PEM files: the certificate, its key, and both together. */
export interface CertificateFiles {
    readonly certificate: string;
    readonly key: string;
    readonly bundle: string;
}

const made = new Map<string, CertificateFiles>();

/** One ECDSA certificate for all proxies of a run. */
export function certificateIn(folder: string): CertificateFiles {
    const known = made.get(folder);
    if (known !== undefined) return known;
    const files = { certificate: path.join(folder, "tls.crt"), key: path.join(folder, "tls.key"), bundle: path.join(folder, "tls.pem") };
    makeCertificate({ ...files, host: "bench.example", days: 1 });
    copyFileSync(files.certificate, files.bundle);
    appendFileSync(files.bundle, readFileSync(files.key));
    made.set(folder, files);
    return files;
}
