/** Certificates for tests, made when they are needed and kept nowhere. ECDSA P-256, by the openssl command. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Authority { readonly certificate: string; readonly privateKey: string }

export interface IssuedCertificate {
    /** PEM, leaf first. */
    readonly certificate: string;
    readonly privateKey: string;
    /** PEM of the authority that signed it. */
    readonly ca: string;
}

export interface LeafOptions {
    readonly authority?: Authority;
    /** Default 30. Negative: already over. */
    readonly days?: number;
    readonly commonName?: string;
    /** Default `serverAuth`. */
    readonly usage?: "serverAuth" | "clientAuth";
    /** `URI:spiffe://…`, besides the DNS names. */
    readonly extraNames?: readonly string[];
}

function inFolder<T>(work: (folder: string) => T): T {
    const folder = mkdtempSync(path.join(tmpdir(), "gatehouse-keys-"));
    try {
        return work(folder);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

const openssl = (folder: string, ...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
};
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export function authority(commonName = "Test CA"): Authority {
    return inFolder((folder) => {
        openssl(folder, "req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "365", "-subj", `/CN=${commonName}`,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
        return { certificate: readFileSync(path.join(folder, "ca.pem"), "utf8"), privateKey: readFileSync(path.join(folder, "ca.key"), "utf8") };
    });
}

/** A certificate for DNS names (wildcards allowed), signed by the given authority or by one of its own. */
export function certificateFor(names: readonly string[], options: LeafOptions = {}): IssuedCertificate {
    const signer = options.authority ?? authority();
    return inFolder((folder) => {
        const alternatives = [...names.map((name) => `DNS:${name}`), ...(options.extraNames ?? [])].join(",");
        writeFileSync(path.join(folder, "ca.pem"), signer.certificate);
        writeFileSync(path.join(folder, "ca.key"), signer.privateKey, { mode: 0o600 });
        writeFileSync(path.join(folder, "extensions"), [
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            `extendedKeyUsage=${options.usage ?? "serverAuth"}`,
            ...(alternatives ? [`subjectAltName=${alternatives}`] : []),
        ].join("\n"));
        openssl(folder, "req", "-new", ...newKey, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", `/CN=${options.commonName ?? names[0] ?? "test"}`);
        const days = options.days ?? 30;
        openssl(folder, "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", String(Math.floor(Math.random() * 2 ** 40)),
            "-extfile", "extensions", "-out", "leaf.pem", "-days", String(days));
        return {
            certificate: readFileSync(path.join(folder, "leaf.pem"), "utf8"),
            privateKey: readFileSync(path.join(folder, "leaf.key"), "utf8"),
            ca: signer.certificate,
        };
    });
}
