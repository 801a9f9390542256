/** Parsers of option values, shared by the commands. A bad value is wrong usage: commander says which option it was. */
import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";
import { localityOf, localityText } from "../istio/semantics/locality";
import { readProxyConfig } from "../istio/semantics/proxy-config";
import { MAX_TRUSTED_PROXIES } from "../istio/semantics/trusted-proxies";

/** `-c key=value`, repeated; the value may hold `=`. */
export function collectConfig(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
    const at = text.indexOf("=");
    if (at <= 0) throw new InvalidArgumentError("Wanted key=value.");
    return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `--env NAME`: what Pulumi takes as the name of a stack, and therefore what may be part of a file's name. */
export function parseEnvironment(text: string): string {
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(text))
        throw new InvalidArgumentError("Wanted 1 to 100 letters, digits, underscores, hyphens and dots.");
    return text;
}

/** `--labels k=v,k=v`. */
export function parseLabels(text: string): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const part of text
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "")) {
        const at = part.indexOf("=");
        if (at <= 0) throw new InvalidArgumentError(`Wanted k=v,k=v; ${JSON.stringify(part)} has no value.`);
        labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
    }
    return labels;
}

function integer(text: string, least: number, most: number, what: string): number {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Wanted ${what}.`);
    return value;
}

export function parsePortOffset(text: string): number {
    return integer(text, 0, 65_534, "a number from 0 to 65534");
}

export function parsePortOffsetOrAuto(text: string): number | "auto" {
    return text === "auto" ? "auto" : integer(text, 0, 65_534, "a number from 0 to 65534, or auto");
}

export function parsePort(text: string): number {
    return integer(text, 1, 65_535, "a port from 1 to 65535");
}

export function parseConcurrency(text: string): number {
    return integer(text, 1, 256, "a number of workers from 1 to 256");
}

export function parseSeconds(text: string): number {
    return integer(text, 0, 86_400, "a number of seconds from 0 to 86400");
}

export function parseTrustedProxies(text: string): number {
    return integer(text, 0, MAX_TRUSTED_PROXIES, `a number of proxies from 0 to ${MAX_TRUSTED_PROXIES}`);
}

/** An annotation that is not there is an empty variable. */
export function parseProxyConfig(text: string): unknown {
    const read = readProxyConfig(text);
    if ("fault" in read) throw new InvalidArgumentError(`No ProxyConfig in YAML or JSON: ${read.fault}.`);
    return read.config;
}

/** Given back without what is empty at its end. */
export function parseLocality(text: string): string {
    const parts = text.split("/");
    const known = localityText(localityOf(text));
    if (parts.length > 3 || known === "" || known.split("/").some((part) => part === "" || part.includes("*")))
        throw new InvalidArgumentError("Wanted region/zone/subzone, as eu-west-1/eu-west-1a, of which the last ones may be left out.");
    return known;
}

export function parseIp(text: string): string {
    if (isIP(text) === 0) throw new InvalidArgumentError("Wanted an IP address, as 127.0.0.1 or ::.");
    return text;
}

/** An IP address and a port. */
export function parsePlace(text: string): { readonly address: string; readonly port: number } {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
    const [, six, four, port] = match ?? [];
    const address = six ?? four ?? "";
    if (isIP(address) === 0 || Number(port) > 65_535) throw new InvalidArgumentError("Wanted IP:port, as 127.0.0.1:15080.");
    return { address, port: Number(port) };
}

/** `host:port`, `[v6]:port`; port 0 is any free one. Given back as it was. */
export function parseAddress(text: string): string {
    const match = /^(?:\[[0-9a-f:.]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
    if (!match || Number(match[1]) > 65_535) throw new InvalidArgumentError("Wanted address:port, as 127.0.0.1:15000.");
    return text;
}
