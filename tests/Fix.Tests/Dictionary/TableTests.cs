using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Dictionary;

internal sealed class TableTests
{
    [TestCase(FixRules.Fix42, "FIX42.xml")]
    [TestCase(FixRules.Fix44, "FIX44.xml")]
    [TestCase(FixRules.Fixt11, "FIX50SP2.xml")]
    [TestCase(FixRules.Fixt11, "FIXT11.xml")]
    public void Our_tables_name_fields_and_groups_as_the_published_dictionaries_do(
        string beginString, string file)
    {
        FixRules ours = FixRules.Standard(beginString);
        FixDictionary published = QuickFixXml.Load(Find($"dict/{file}"));
        FixDictionary table = file == "FIXT11.xml" ? ours.Transport : ours.Application;
        List<string> differences = [];
        foreach (FixMessageType message in table.Messages)
        {
            FixMessageType? theirs = published.MessageOf(
                System.Text.Encoding.ASCII.GetBytes(message.MsgType));
            if (theirs is null || theirs.Name != message.Name)
            {
                differences.Add($"{message.MsgType} is {message.Name} and {theirs?.Name}");
            }
            else if (!message.IsOpaque)
            {
                Compare(message.Name, table, message.Body, published, theirs.Body, differences);
            }
        }

        // What later versions brought to the Logon and clients of earlier ones send all the same; and the
        // message types of a Logon, which FIXT.1.1 has and the dictionary leaves out.
        differences.RemoveAll(difference => difference is "Logon: Username" or "Logon: Password"
            or "Logon: NextExpectedMsgSeqNum" or "Logon: NoMsgTypes");
        Assert.That(differences, Is.Empty);
    }

    [Test]
    public void A_recorded_session_is_parsed_to_the_last_message()
    {
        byte[] bytes = File.ReadAllBytes(Find("logs/hffix-fix.5.0.set.1"));
        FixMessage message = new();
        Dictionary<string, int> counts = [];
        for (int at = 0; ;)
        {
            FixFrame frame = FixFrame.Read(bytes.AsSpan(at), 65_536);
            at += frame.Skip;
            if (frame.Kind != FrameKind.Message)
            {
                break;
            }

            Assert.That(message.Parse(bytes, at, frame.Length), Is.EqualTo(ParseResult.Whole));
            string type = System.Text.Encoding.ASCII.GetString(message.MsgType);
            counts[type] = counts.GetValueOrDefault(type) + 1;
            at += frame.Length;
        }

        Assert.That(counts, Is.EquivalentTo(new Dictionary<string, int> { ["X"] = 11_365, ["0"] = 2_523 }));
    }

    [Test]
    public void A_dictionary_of_the_user_is_read_with_components_groups_and_values()
    {
        using TemporaryFile file = new("""
            <fix type='FIX' major='4' minor='4'>
              <header><field name='BeginString' required='Y'/><field name='BodyLength' required='Y'/>
                <field name='MsgType' required='Y'/></header>
              <messages><message name='Order' msgtype='D' msgcat='app'><component name='Part' required='Y'/>
                <group name='NoLegs' required='N'><field name='Leg' required='Y'/></group>
                </message></messages>
              <trailer><field name='CheckSum' required='Y'/></trailer>
              <components><component name='Part'><field name='Side' required='Y'/></component></components>
              <fields><field number='8' name='BeginString' type='STRING'/>
                <field number='9' name='BodyLength' type='LENGTH'/>
                <field number='35' name='MsgType' type='STRING'/>
                <field number='10' name='CheckSum' type='STRING'/>
                <field number='54' name='Side' type='CHAR'><value enum='1' description='BUY'/></field>
                <field number='9000' name='NoLegs' type='NUMINGROUP'/>
                <field number='9001' name='Leg' type='STRING'/></fields>
            </fix>
            """);
        FixDictionary dictionary = QuickFixXml.Load(file.Path);
        Assert.That(dictionary.Version, Is.EqualTo(FixRules.Fix44));
        FixValidator validator = new(new FixRules(dictionary, dictionary), new ValidationOptions());
        Assert.That(Fault(validator, "35=D|54=1|9000=1|9001=x|"), Is.Null);
        Assert.That(
            Fault(validator, "35=D|"), Is.EqualTo(new FixFault(SessionRejectReason.RequiredTagMissing, 54)));
        Assert.That(
            Fault(validator, "35=D|54=2|"), Is.EqualTo(new FixFault(SessionRejectReason.ValueIncorrect, 54)));
        Assert.That(
            Fault(validator, "35=D|54=1|9000=2|9001=x|"),
            Is.EqualTo(new FixFault(SessionRejectReason.IncorrectNumInGroup, 9_000)));
    }

    [TestCase("<fix type='FIX' major='4' minor='4'><header><field name='X'/></header></fix>", "X")]
    [TestCase("<fix", "")]
    public void A_dictionary_with_a_fault_names_it(string text, string part)
    {
        using TemporaryFile file = new(text);
        Assert.That(
            () => QuickFixXml.Load(file.Path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(
                file.Path).And.Message.Contains(part));
    }

    private static FixFault? Fault(FixValidator validator, string fields)
    {
        byte[] bytes = Harness.FixText.Build(FixRules.Fix44, fields);
        FixMessage message = new();
        Assert.That(message.Parse(bytes, 0, bytes.Length), Is.EqualTo(ParseResult.Whole));
        return validator.Validate(message);
    }

    /// <summary>
    /// Published dictionaries and recordings lie beside the repository, or beside the folder that its work
    /// trees are in; without them the test is skipped.
    /// </summary>
    private static string Find(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        for (; folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", "fix", name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        Assert.Ignore($"../shared/data/fix/{name} is not here");
        return string.Empty;
    }

    private static void Compare(
        string where,
        FixDictionary ours,
        FieldSet own,
        FixDictionary published,
        FieldSet theirs,
        List<string> differences)
    {
        foreach (FixField field in own.Members.Select(ours.FieldAt))
        {
            int index = published.IndexOf(field.Tag);
            if (!theirs.Contains(index) || published.FieldAt(index).Name != field.Name)
            {
                differences.Add($"{where}: {field.Name}");
                continue;
            }

            FixGroup? group = own.GroupOf(ours.IndexOf(field.Tag));
            FixGroup? theirGroup = theirs.GroupOf(index);
            if (group?.Delimiter != theirGroup?.Delimiter)
            {
                differences.Add($"{where}: group {field.Name}");
            }
            else if (group is not null)
            {
                Compare(
                    $"{where}/{field.Name}", ours, group.Entry, published, theirGroup!.Entry, differences);
            }
        }
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
