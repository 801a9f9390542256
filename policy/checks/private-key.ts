/**
 * A private key that is not marked as secret goes to the state, the diff and the log in clear. Where whoever hands the
 * resource over cannot tell what is marked, nothing is said.
 */
import type { Checks } from "../check";
import { isBelow, type Side } from "../resource";
import { fault } from "../thing";
import { walkTexts } from "../values";

const PRIVATE_KEY = /-----BEGIN (?!ENCRYPTED )(?:[A-Z0-9]+ )*PRIVATE KEY-----(?!\s*Proc-Type: ?4, ?ENCRYPTED)/;
/** `-----BEGIN` in base64. */
const IN_BASE64 = /LS0tLS1CRUdJTi/;

function isPrivateKey(text: string): boolean {
    return PRIVATE_KEY.test(text) || (IN_BASE64.test(text) && PRIVATE_KEY.test(Buffer.from(text, "base64").toString("latin1")));
}

interface KeyInClear {
    readonly path: string;
    readonly segments: readonly (string | number)[];
    readonly text: string;
}

/** The keys that stand unmarked. */
function keysInClear(side: Side | undefined): KeyInClear[] {
    const found: KeyInClear[] = [];
    if (side?.secretPaths === undefined) return found;
    const { secretPaths } = side;
    walkTexts(side.values, (text, path, segments) => {
        if (text.length > 40 && isPrivateKey(text) && !isBelow(path, secretPaths)) found.push({ path, segments, text });
    });
    return found;
}

const FIX = "Mark it with pulumi.secret(), and keep it in a Secret.";

export const privateKeyInInputs: Checks<"private-key-in-inputs"> = {
    resource: (thing) =>
        keysInClear(thing.resource.inputs).map(({ path }) =>
            fault(thing, path, `is a private key in clear, and so it stands in the state. ${FIX}`),
        ),
    remedy: (thing) => keysInClear(thing.resource.inputs).map(({ segments, text }) => ({ path: segments, value: text, secret: true })),
};

export const privateKeyInOutputs: Checks<"private-key-in-outputs"> = {
    stack: ({ things }) =>
        things.flatMap((thing) =>
            keysInClear(thing.resource.outputs).map(({ path }) =>
                fault(thing, path, `is a private key in clear among the outputs, and so it stands in the state. ${FIX}`),
            ),
        ),
};
