import { Injectable } from '@nestjs/common';
import { CatalogueReader, CredentialRepository } from '@tallymark/persistence';
import { CredentialSource, type StoredCredential } from '@tallymark/service-kit';

/** API keys as they are stored. Reads of a customer tell that its keys still stand, so that a key that is read with is not looked up again. */
@Injectable()
export class CatalogueCredentials extends CredentialSource {
  constructor(
    private readonly credentials: CredentialRepository,
    private readonly catalogue: CatalogueReader,
  ) {
    super();
  }

  override findByHash(hash: Buffer): Promise<StoredCredential | null> {
    return this.credentials.findByHash(hash);
  }

  override lastStood({ organizationId, customerId, customerVersion }: StoredCredential): Date | null {
    return customerId === null ? null : this.catalogue.lastStood(organizationId, customerId, customerVersion);
  }
}
