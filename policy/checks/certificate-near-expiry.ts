/** A certificate that runs out takes its hosts down at a moment that nobody chose. */
import type { Checks } from "../check";
import { heldCertificates } from "../objects/certificates";
import { fault } from "../thing";

const DAY = 24 * 3_600_000;

export const certificateNearExpiry: Checks<"certificate-near-expiry"> = {
    resource: (thing, { days }, { now }) =>
        heldCertificates(thing).flatMap(({ field, chain }) => {
            const ends = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
            if (!(ends - now < days * DAY)) return [];
            const when = new Date(ends).toISOString().slice(0, 10);
            return [
                fault(
                    thing,
                    field,
                    ends <= now ? `expired on ${when}. Renew it.` : `expires on ${when}, in less than ${days} days. Renew it.`,
                ),
            ];
        }),
};
