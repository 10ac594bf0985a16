import type { CallInput } from '../../bridge/bridge.ts';

const size = 64;

/** Shows in the tab's icon whether something is unread: a dot, or the number of messages for the person. */
export function showBadge({ unread, mentions }: CallInput<'badge.set'>): Record<string, never> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (!link || !context) return {};
  drawMark(context);
  if (mentions > 0) drawCount(context, mentions > 9 ? '9+' : String(mentions));
  else if (unread > 0) drawDot(context, 11);
  link.href = canvas.toDataURL('image/png');
  return {};
}

function drawMark(context: CanvasRenderingContext2D): void {
  const gradient = context.createLinearGradient(0, 0, size, size);
  gradient.addColorStop(0, '#5b7bf0');
  gradient.addColorStop(1, '#4a3fc4');
  context.fillStyle = gradient;
  context.beginPath();
  context.roundRect(2, 2, size - 4, size - 4, 16);
  context.fill();
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.roundRect(15, 16, 34, 26, 8);
  context.moveTo(24, 40);
  context.lineTo(24, 51);
  context.lineTo(37, 40);
  context.fill();
}

function drawDot(context: CanvasRenderingContext2D, radius: number): void {
  context.fillStyle = '#e5484d';
  context.beginPath();
  context.arc(size - radius - 2, radius + 2, radius, 0, 2 * Math.PI);
  context.fill();
}

function drawCount(context: CanvasRenderingContext2D, count: string): void {
  drawDot(context, 19);
  context.fillStyle = '#ffffff';
  context.font = '700 26px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(count, size - 21, 22);
}
