/** What Go's net/url reads as a URL, by which Istio and the CEL rules of its CRDs judge one; Node's URL reads more, and other, texts. */

/** The scheme in lower case, empty where there is none; undefined where the text is no URL. `request`: as ParseRequestURI, for which a `#` is a character as others are. */
export function goScheme(text: string, request: boolean): string | undefined {
    if (/[\x00-\x1f\x7f]/.test(text) || text === "") {
        return undefined;
    }
    const whole = request ? text : (text.split("#", 1)[0] ?? "");
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(whole)?.[1];
    if (scheme === undefined && whole.startsWith(":")) {
        return undefined;
    }
    const rest = (scheme === undefined ? whole : whole.slice(scheme.length + 1)).split("?", 1)[0] ?? "";
    const name = (scheme ?? "").toLowerCase();
    if (!rest.startsWith("/")) {
        // Behind a scheme it is opaque, whatever it is.
        const isRelative = !request && !(rest.split("/", 1)[0] ?? "").includes(":") && isPath(rest);
        return scheme !== undefined || isRelative ? name : undefined;
    }
    if (!rest.startsWith("//") || (scheme === undefined && request)) {
        return isPath(rest) ? name : undefined;
    }
    const end = rest.indexOf("/", 2);
    const authority = rest.slice(2, end < 0 ? undefined : end);
    return isAuthority(authority) && isPath(end < 0 ? "" : rest.slice(end)) ? name : undefined;
}

function isPath(path: string): boolean {
    return !/%(?![0-9A-Fa-f]{2})/.test(path);
}

function isAuthority(authority: string): boolean {
    const at = authority.lastIndexOf("@");
    const user = at < 0 ? "" : authority.slice(0, at);
    return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) && isPath(user) && isHost(authority.slice(at + 1));
}

/** An address in brackets, or a name with one colon at most; a percent sign stands for other than ASCII only. */
function isHost(host: string): boolean {
    const bracketed = /^\[([0-9A-Fa-f:.]+)(?:%25[^\]]*)?\](?::\d*)?$/.exec(host);
    if (bracketed || host.startsWith("[")) {
        return bracketed !== null && (bracketed[1] ?? "").includes(":");
    }
    return /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=<>"[\]]|[^\x00-\x7f]|%[89A-Fa-f][0-9A-Fa-f])*(?::\d*)?$/.test(host);
}
