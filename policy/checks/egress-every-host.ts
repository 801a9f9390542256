/** An entry for every host there is, or for all addresses, makes of REGISTRY_ONLY what ALLOW_ANY is. */
import { isWildcard, shownText } from "../../istio";
import type { Checks } from "../check";
import { fault, isKind, NETWORKING } from "../thing";
import { at, texts } from "../values";

const ALL_ADDRESSES = /^(0\.0\.0\.0|::|0:0:0:0:0:0:0:0)\/0$/;
/** `*`, and `*.com`: what is below a top-level domain belongs to anybody. Names that networks keep to themselves do not. */
const PRIVATE_TOPS = ["internal", "intranet", "private", "corp", "home", "lan", "alt", "test", "example", "local"];

function isEverybodys(host: string): boolean {
    if (!isWildcard(host)) return false;
    const below = host.slice(2).toLowerCase();
    return !below.includes(".") && !PRIVATE_TOPS.includes(below);
}

export const egressEveryHost: Checks<"egress-every-host"> = {
    resource: (thing, { allowed }) => {
        if (!isKind(thing, NETWORKING, "ServiceEntry")) return [];
        const hosts = texts(at(thing.value, "spec", "hosts")).flatMap((host, index) =>
            isEverybodys(host) && !allowed.includes(host)
                ? [
                      fault(
                          thing,
                          `spec.hosts[${index}]`,
                          `is ${shownText(host)}: traffic may leave to hosts of anybody. Name the hosts, or the domain they are below.`,
                      ),
                  ]
                : [],
        );
        const addresses = texts(at(thing.value, "spec", "addresses")).flatMap((address, index) =>
            ALL_ADDRESSES.test(address)
                ? [
                      fault(
                          thing,
                          `spec.addresses[${index}]`,
                          `is ${shownText(address)}: traffic may leave to any address. Name those that are meant.`,
                      ),
                  ]
                : [],
        );
        return [...hosts, ...addresses];
    },
};
