import { DataSource } from 'typeorm';
import { UNKEYED } from './audit-key-ring.js';
import { auditEntities } from './audit-schema.js';
import {
  requireAuditDataSource,
  resolveAuditSettings,
  type SessionAuditModuleOptions,
} from './session-audit.options.js';

const KEYS = [{ keyId: 'k1', key: 'k'.repeat(32) }];

describe('the options of the audit module', () => {
  it('all have a default outside of production', () => {
    expect(resolveAuditSettings({}, 'test')).toEqual({
      retentionMs: undefined,
      keys: [UNKEYED],
      addressPrivacy: 'full',
      pollIntervalMs: 1_000,
      queryTimeoutMs: 10_000,
    });
  });

  it('take durations as text or as milliseconds', () => {
    const settings = resolveAuditSettings(
      { retention: '180d', pollInterval: 250, queryTimeout: '1m', keys: KEYS },
      'production',
    );

    expect(settings).toMatchObject({
      retentionMs: 15_552_000_000,
      pollIntervalMs: 250,
      queryTimeoutMs: 60_000,
    });
  });

  it('need keys in production', () => {
    expect(() => resolveAuditSettings({}, 'production')).toThrow(
      /"keys" is required in production/,
    );
  });

  it.each<[keyof SessionAuditModuleOptions, unknown]>([
    ['retention', '23h'],
    ['retention', 'forever'],
    ['pollInterval', '10ms'],
    ['pollInterval', '2m'],
    ['queryTimeout', '10ms'],
    ['queryTimeout', '6m'],
    ['addressPrivacy', 'none'],
    ['keys', []],
  ])('refuse %s: %j', (option, value) => {
    expect(() => resolveAuditSettings({ [option]: value }, 'test')).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option }),
    );
  });

  it('say what to do where there is no DataSource', () => {
    expect(() => requireAuditDataSource('dataSource', undefined)).toThrow(
      /"dataSource" is required/,
    );
  });

  it('refuse a database that does not compare texts exactly', () => {
    const mysql = new DataSource({ type: 'mysql', entities: auditEntities });

    expect(() => requireAuditDataSource('retentionDataSource', mysql)).toThrow(
      expect.objectContaining({
        code: 'SESSION_CONFIG_INVALID',
        option: 'retentionDataSource',
        message: expect.stringContaining('must be of type postgres, mariadb or better-sqlite3'),
      }),
    );
  });
});
