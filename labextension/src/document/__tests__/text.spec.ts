import { codePoints, offsetOf, replacement, unitsOf } from '../text';

const apply = (before: string, after: string): string => {
  const found = replacement(before, after);
  return found === null
    ? before
    : before.slice(0, found.start) + found.text + before.slice(found.stop);
};

describe('replacement', () => {
  it('is nothing where nothing differs', () => {
    expect(replacement('a', 'a')).toBeNull();
  });

  it('is as small as it can be', () => {
    expect(replacement('x = 1  # c\n', 'x = 12  # c\n')).toEqual({ start: 5, stop: 5, text: '2' });
    expect(replacement('aa', 'a')).toEqual({ start: 1, stop: 2, text: '' });
  });

  it('leaves surrogate pairs whole', () => {
    // 𝄞 and 𝄟 share their first half, 𝄞 and 🄞 their second
    for (const [before, after] of [
      ['a𝄞b', 'a𝄟b'],
      ['a𝄞b', 'a🄞b'],
      ['𝄞', '𝄞𝄞']
    ]) {
      const found = replacement(before, after);
      // a lone half cannot be written
      expect(() => encodeURIComponent(found?.text ?? '')).not.toThrow();
      expect(apply(before, after)).toBe(after);
    }
  });

  it('makes any text to any other', () => {
    const texts = ['', 'a', 'ab', 'aba', 'abab', 'b\na', '𝄞', 'a𝄞'];
    for (const before of texts) {
      for (const after of texts) {
        expect(apply(before, after)).toBe(after);
      }
    }
  });
});

describe('places', () => {
  const text = 'one\n𝄞 = "é"\n';

  it('are found by line and column in code points', () => {
    expect(offsetOf(text, 1, 1)).toBe(0);
    expect(offsetOf(text, 2, 1)).toBe(4);
    expect(text[offsetOf(text, 2, 3)]).toBe('=');
  });

  it('stay within the text and the line', () => {
    expect(offsetOf(text, 9, 9)).toBe(text.length);
    expect(offsetOf(text, 1, 99)).toBe(3);
  });

  it('go from code points to UTF-16 and back', () => {
    expect(codePoints('𝄞é')).toBe(2);
    expect(unitsOf('𝄞é', 1)).toBe(2);
  });
});
