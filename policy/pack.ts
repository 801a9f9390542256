/** The pack: `pulumi preview --policy-pack policy`. Only this file makes it, for making one starts its server. */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./pulumi/policies";
import { keepWhatIsSent } from "./pulumi/wire";

keepWhatIsSent();
new PolicyPack("gatehouse", { policies: [...policies] });
