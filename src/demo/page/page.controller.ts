import { Controller, Get, Header } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('page.html', import.meta.url), 'utf8');

/** The one script and the one style of the page, and nothing that could be slipped in beside them. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${sourceOf('script')}`,
  `style-src ${sourceOf('style')}`,
  'img-src data:',
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function sourceOf(element: 'script' | 'style'): string {
  const [, text = ''] = new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 's').exec(PAGE) ?? [];
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The page that shows all the rest in a browser. */
@Controller()
export class PageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Referrer-Policy', 'same-origin')
  show(): string {
    return PAGE;
  }
}
