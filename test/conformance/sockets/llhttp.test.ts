/** What our parser accepts, Node's strict one accepts with the same framing: of as many messages as find rare faults. */
import { againstLlhttp } from "../../proxy/codec/support/llhttp-properties";

againstLlhttp(5_000);
