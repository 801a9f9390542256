/** A reference to a stack that nobody has. */
import * as pulumi from "@pulumi/pulumi";

export const value = new pulumi.StackReference("organization/nowhere/dev").getOutput("value");
