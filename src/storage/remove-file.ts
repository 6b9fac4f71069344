import type { TenantId } from "../domain/tenant-id";
import { fileKey } from "./keys";

/** Deletes an upload's bytes. Harmless when they are gone already. */
export const removeFile = (
  bucket: R2Bucket,
  tenantId: TenantId,
  file: { readonly id: string; readonly name: string },
): Promise<void> => bucket.delete(fileKey(tenantId, file.id, file.name));
