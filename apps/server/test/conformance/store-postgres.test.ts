import { newStorePlace } from "#test/store-place.ts";
import { storeConformance } from "./store.ts";

storeConformance("PostgreSQL", newStorePlace);
