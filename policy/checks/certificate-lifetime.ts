/** Browsers refuse a server's certificate that is valid for more than 398 days, and a stolen key serves as long. */
import type { Checks } from "../check";
import { heldCertificates, requestedCertificate } from "../objects/certificates";
import { fault } from "../thing";

const DAY = 24 * 3_600_000;

export const certificateLifetime: Checks<"certificate-lifetime"> = {
    resource: (thing, { days }) => {
        const wanted = `Want ${days} days at most.`;
        const requested = requestedCertificate(thing);
        const asked =
            requested && requested.milliseconds > days * DAY
                ? [fault(thing, requested.field, `asks for ${Math.round(requested.milliseconds / DAY)} days. ${wanted}`)]
                : [];
        return [
            ...asked,
            ...heldCertificates(thing).flatMap(({ field, chain: [leaf] }) => {
                if (!leaf || leaf.ca) return [];
                // Both ends count, so that 398 days are one second less.
                const length = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY;
                return length > days ? [fault(thing, field, `is valid for ${Math.ceil(length)} days. ${wanted}`)] : [];
            }),
        ];
    },
};
