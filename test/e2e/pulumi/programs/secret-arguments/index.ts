/** A component for every argument that there is, with a secret in its place that is wrong; and what throws with a secret in its words. */
import * as pulumi from "@pulumi/pulumi";
import { argumentCases, WRONG_VALUES } from "../../../../components/support/argument-cases";
import { variants } from "../../../../components/support/leaves";
import { makeAuthority } from "../../../../support/certificates";

export = async (): Promise<void> => {
    const authority = await makeAuthority();
    const all = argumentCases(await authority.issue({ dns: ["a.example.com", "*.b.example.com"] }), authority);
    let turn = 0;
    all.forEach(({ args, make }, at) => {
        variants(args, () => pulumi.secret(WRONG_VALUES[turn++ % WRONG_VALUES.length])).forEach(({ args: changed }, index) => {
            try {
                make(`c${at}-${index}`, changed as never);
            } catch (error) {
                // The first one would end the program.
                void pulumi.log.error(String(error));
            }
        });
    });
};
