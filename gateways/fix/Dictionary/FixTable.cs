using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace HftEngine.Fix.Dictionary;

/// <summary>
/// Reads the project's own tables of fields and messages: lines of words, described at the head of each
/// table.
/// </summary>
internal static class FixTable
{
    /// <summary>
    /// Reads a table that is built in; later lines may use what any earlier file of the list defines.
    /// </summary>
    public static FixDictionary Load(string version, params string[] names)
    {
        Reader reader = new(string.Join(" + ", names));
        foreach (string name in names)
        {
            using Stream stream = typeof(FixTable).Assembly.GetManifestResourceStream(name)
                ?? throw new FileNotFoundException($"there is no built-in table {name}");
            using StreamReader lines = new(stream);
            reader.ReadLines(lines);
        }

        return reader.Build(version);
    }

    private sealed class Reader(string source)
    {
        private readonly DictionaryBuilder _builder = new(source);
        private readonly Dictionary<string, IReadOnlyList<Member>> _components = [];

        public FixDictionary Build(string version) => _builder.Build(version);

        public void ReadLines(StreamReader lines)
        {
            while (lines.ReadLine() is { } line)
            {
                // A line that ends with a backslash goes on.
                while (line.EndsWith('\\'))
                {
                    line = string.Concat(line.AsSpan(0, line.Length - 1), lines.ReadLine());
                }

                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 0 && words[0][0] != '#')
                {
                    Define(words);
                }
            }
        }

        private void Define(string[] words)
        {
            switch (words[0])
            {
                case "field":
                    _builder.AddField(TagOf(words[1]), words[2], words[3], words[4..]);
                    break;
                case "component":
                    _components.Add(words[1], MembersOf(words, 2));
                    break;
                case "header":
                    _builder.Header = MembersOf(words, 1);
                    break;
                case "trailer":
                    _builder.Trailer = MembersOf(words, 1);
                    break;
                case "message":
                    _builder.AddMessage(words[1], words[2], isOpaque: false, MembersOf(words, 3));
                    break;
                case "known":
                    _builder.AddMessage(words[1], words[2], isOpaque: true, []);
                    break;
                default:
                    throw _builder.Fault($"'{words[0]}' begins no definition");
            }
        }

        private List<Member> MembersOf(string[] words, int from)
        {
            int at = from;
            List<Member> members = [];
            Collect(words, ref at, members);
            return at == words.Length
                ? members
                : throw _builder.Fault($"a group of {words[1]} is closed twice");
        }

        private void Collect(string[] words, ref int at, List<Member> members)
        {
            while (at < words.Length && words[at] != ")")
            {
                string word = words[at++];
                bool required = word.Contains('!');
                word = word.Replace("!", "");
                if (word[0] == '@')
                {
                    foreach (Member member in _components[word[1..]])
                    {
                        members.Add(member with { IsRequired = member.IsRequired && required });
                    }
                }
                else if (word[^1] == '(')
                {
                    List<Member> entry = [];
                    Collect(words, ref at, entry);
                    at++;
                    members.Add(new Member(TagOf(word[..^1]), required, entry));
                }
                else
                {
                    members.Add(new Member(TagOf(word), required, null));
                }
            }
        }

        private int TagOf(string word) => int.TryParse(word, CultureInfo.InvariantCulture, out int tag)
            ? tag
            : throw _builder.Fault($"'{word}' is no tag");
    }
}
