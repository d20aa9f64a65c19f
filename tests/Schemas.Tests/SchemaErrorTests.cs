using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using HftEngine.Schemas.Generator;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Each defect of a schema is reported with its code and its line.</summary>
[TestFixture]
public sealed class SchemaErrorTests
{
    private const string Head = """
        <messageSchema package="bad" id="1" version="1" byteOrder="littleEndian">
        <types>
        <composite name="messageHeader">
        <type name="blockLength" primitiveType="uint16"/>
        <type name="templateId" primitiveType="uint8"/>
        <type name="schemaId" primitiveType="uint16"/>
        <type name="version" primitiveType="uint16"/>
        </composite>
        <composite name="groupSizeEncoding">
        <type name="blockLength" primitiveType="uint8"/>
        <type name="numInGroup" primitiveType="uint16"/>
        </composite>
        <composite name="text">
        <type name="length" primitiveType="uint8"/>
        <type name="varData" primitiveType="char" length="0"/>
        </composite>
        <enum name="side" encodingType="char"><validValue name="Buy">B</validValue></enum>
        </types>

        """;

    // "@" marks the line on which the defect is expected.
    private static readonly (SchemaErrorCode Code, string Body)[] Bad =
    [
        (
            SchemaErrorCode.UnknownType,
            "<message name='m' id='1'>\n@<field name='f' id='1' type='nowhere'/></message>"),
        (
            SchemaErrorCode.UnknownType,
            "<types>\n<composite name='c'>\n@<ref name='r' type='gone'/></composite></types>"),
        (SchemaErrorCode.UnknownPrimitive, "<types>\n@<type name='t' primitiveType='int128'/></types>"),
        (
            SchemaErrorCode.DuplicateType,
            "<types><type name='t' primitiveType='int8'/>\n@<type name='t' primitiveType='int8'/></types>"),
        (SchemaErrorCode.DuplicateMessage, "<message name='m' id='1'/>\n@<message name='m' id='2'/>"),
        (SchemaErrorCode.DuplicateTemplateId, "<message name='m' id='1'/>\n@<message name='n' id='1'/>"),
        (
            SchemaErrorCode.DuplicateMember,
            "<message name='m' id='1'><field name='f' id='1' type='int8'/>"
                + "\n@<field name='f' id='2' type='int8'/></message>"),
        (
            SchemaErrorCode.DuplicateMember,
            "<message name='m' id='1'><field name='f' id='1' type='int8'/>"
                + "\n@<field name='g' id='1' type='int8'/></message>"),
        (
            SchemaErrorCode.DuplicateMember,
            "<types><composite name='c'><type name='a' primitiveType='int8'/>"
                + "\n@<type name='a' primitiveType='int8'/></composite></types>"),
        (
            SchemaErrorCode.DuplicateMember,
            "<types><enum name='e' encodingType='uint8'><validValue name='A'>1</validValue>"
                + "\n@<validValue name='A'>2</validValue></enum></types>"),
        (
            SchemaErrorCode.DuplicateValue,
            "<types><enum name='e' encodingType='uint8'><validValue name='A'>1</validValue>"
                + "\n@<validValue name='B'>1</validValue></enum></types>"),
        (
            SchemaErrorCode.DuplicateValue,
            "<types><set name='e' encodingType='uint8'><choice name='A'>1</choice>"
                + "\n@<choice name='B'>1</choice></set></types>"),
        (
            SchemaErrorCode.OffsetOverlap,
            "<message name='m' id='1'><field name='f' id='1' type='int64'/>"
                + "\n@<field name='g' id='2' type='int8' offset='7'/></message>"),
        (
            SchemaErrorCode.OffsetOverlap,
            "<types><composite name='c'><type name='a' primitiveType='int32' offset='4'/>"
                + "\n@<type name='b' primitiveType='int8' offset='2'/></composite></types>"),
        (
            SchemaErrorCode.BlockTooSmall,
            "\n@<message name='m' id='1' blockLength='3'><field name='f' id='1' type='int32'/></message>"),
        (
            SchemaErrorCode.BlockTooSmall,
            "<message name='m' id='1'>"
                + "\n@<group name='g' id='1' blockLength='1'>"
                + "<field name='f' id='2' type='int32'/></group></message>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types><enum name='e' encodingType='uint8'>"
                + "\n@<validValue name='A'>256</validValue></enum></types>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types><set name='e' encodingType='uint8'>\n@<choice name='A'>8</choice></set></types>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types>\n@<type name='t' primitiveType='int8' presence='constant'>128</type></types>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types>\n@<type name='t' primitiveType='uint8' nullValue='-1'/></types>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types>\n@<type name='t' primitiveType='int16' maxValue='many'/></types>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<types>"
                + "\n@<type name='t' primitiveType='char' length='2' presence='constant'>abc</type></types>"),
        (SchemaErrorCode.ValueOutOfRange, "\n@<message name='m' id='256'/>"),
        (
            SchemaErrorCode.ValueOutOfRange,
            "<message name='m' id='1'>\n@<group name='g' id='1' blockLength='300'/></message>"),
        (
            SchemaErrorCode.BadDimensionType,
            "<message name='m' id='1'>\n@<group name='g' id='1' dimensionType='text'/></message>"),
        (
            SchemaErrorCode.UnknownType,
            "<message name='m' id='1'>\n@<group name='g' id='1' dimensionType='none'/></message>"),
        (
            SchemaErrorCode.BadDataType,
            "<message name='m' id='1'>\n@<data name='d' id='1' type='groupSizeEncoding'/></message>"),
        (
            SchemaErrorCode.BadDataType,
            "<message name='m' id='1'>\n@<field name='d' id='1' type='text'/></message>"),
        (
            SchemaErrorCode.ConstantWithoutValue,
            "<types>\n@<type name='t' primitiveType='int8' presence='constant'/></types>"),
        (
            SchemaErrorCode.ConstantWithoutValue,
            "<message name='m' id='1'>\n@<field name='f' id='1' type='side' presence='constant'/></message>"),
        (
            SchemaErrorCode.BadValueRef,
            "<message name='m' id='1'>"
                + "\n@<field name='f' id='1' type='side'"
                + " presence='constant' valueRef='side.Sell'/></message>"),
        (
            SchemaErrorCode.BadValueRef,
            "<message name='m' id='1'>"
                + "\n@<field name='f' id='1' type='side' presence='constant' valueRef='Buy'/></message>"),
        (
            SchemaErrorCode.BadValueRef,
            "<message name='m' id='1'>"
                + "\n@<field name='f' id='1' type='float'"
                + " presence='constant' valueRef='side.Buy'/></message>"),
        (
            SchemaErrorCode.WrongOrder,
            "<message name='m' id='1'><group name='g' id='1'/>"
                + "\n@<field name='f' id='2' type='int8'/></message>"),
        (
            SchemaErrorCode.WrongOrder,
            "<message name='m' id='1'><data name='d' id='1' type='text'/>"
                + "\n@<group name='g' id='2'/></message>"),
        (
            SchemaErrorCode.WrongOrder,
            "<types><composite name='c'><type name='varData' primitiveType='int8' length='0'/>"
                + "\n@<type name='a' primitiveType='int8'/></composite></types>"),
        (SchemaErrorCode.VersionTooHigh, "\n@<message name='m' id='1' sinceVersion='2'/>"),
        (
            SchemaErrorCode.VersionTooHigh,
            "<message name='m' id='1'>\n@<field name='f' id='1' type='int8' sinceVersion='2'/></message>"),
        (SchemaErrorCode.InvalidName, "\n@<message name='no good' id='1'/>"),
        (SchemaErrorCode.InvalidName, "<types>\n@<type name='1st' primitiveType='int8'/></types>"),
        (SchemaErrorCode.MissingAttribute, "\n@<message name='m'/>"),
        (SchemaErrorCode.MissingAttribute, "\n@<message id='1'/>"),
        (SchemaErrorCode.MissingAttribute, "<message name='m' id='1'>\n@<field name='f' id='1'/></message>"),
        (SchemaErrorCode.MissingAttribute, "<types>\n@<type name='t'/></types>"),
        (SchemaErrorCode.MissingAttribute, "<types>\n@<enum name='e'/></types>"),
        (SchemaErrorCode.InvalidAttribute, "\n@<message name='m' id='one'/>"),
        (
            SchemaErrorCode.InvalidAttribute,
            "<types>\n@<type name='t' primitiveType='int8' presence='perhaps'/></types>"),
        (
            SchemaErrorCode.CircularComposite,
            "<types><composite name='a'>\n@<ref name='r' type='a'/></composite></types>"),
        (
            SchemaErrorCode.CircularComposite,
            "<types><composite name='a'><ref name='r' type='b'/></composite><composite name='b'>"
                + "\n@<ref name='r' type='a'/></composite></types>"),
        (
            SchemaErrorCode.UnexpectedElement,
            "<message name='m' id='1'>\n@<fields name='f' id='1'/></message>"),
        (SchemaErrorCode.UnexpectedElement, "<types>\n@<struct name='s'/></types>"),
        (SchemaErrorCode.UnexpectedElement, "\n@<messages/>"),
        (
            SchemaErrorCode.TooLarge,
            "<types>\n@<type name='t' primitiveType='int64' length='2000000000'/></types>"),
        (SchemaErrorCode.TooLarge, "\n@<message name='m' id='1' blockLength='2000000000'/>"),
        (SchemaErrorCode.BadEncodingType, "<types>\n@<enum name='e' encodingType='float'/></types>"),
        (SchemaErrorCode.BadEncodingType, "<types>\n@<set name='e' encodingType='int8'/></types>"),
        (SchemaErrorCode.BadEncodingType, "<types>\n@<enum name='e' encodingType='text'/></types>"),
        (
            SchemaErrorCode.BadInclude,
            "\n@<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='not-there.xml'/>"),
        (SchemaErrorCode.MalformedXml, "\n@<message name='m' id=1/>"),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Is_reported_with_code_and_line(object expected, string body)
    {
        SchemaErrorCode code = (SchemaErrorCode)expected;
        string text = Head + body.Replace("@", "", StringComparison.Ordinal) + "\n</messageSchema>";
        string marked = Head + body;
        int line = marked[..marked.IndexOf('@', StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        List<SchemaError> errors = Errors(text);
        Assert.That(
            errors.Select(e => (e.Code, e.Location.Line)),
            Does.Contain((code, line)),
            string.Join('\n', errors));
        Assert.That(
            errors.Single(e => e.Code == code && e.Location.Line == line).ToString(),
            Does.Match($@"^bad\.xml\({line},\d+\): error SBE{(int)code:000}: .+$"));
    }

    [TestCase("messageHeader", "templateId", "wrongName")]
    [TestCase(
        "messageHeader",
        "\"version\" primitiveType=\"uint16\"/>",
        "\"version\" primitiveType=\"uint16\" presence=\"constant\">7</type>")]
    [TestCase(
        "messageHeader",
        "\"templateId\" primitiveType=\"uint8\"/>",
        "\"templateId\" primitiveType=\"uint8\" presence=\"constant\">7</type>")]
    [TestCase("messageHeader", "name=\"messageHeader\"", "name=\"otherHeader\"")]
    public void A_message_header_that_is_not_whole(string about, string field, string other)
    {
        List<SchemaError> errors = Errors(
            Head.Replace(field, other, StringComparison.Ordinal) + "</messageSchema>");
        Assert.That(errors.Select(e => e.Code), Does.Contain(SchemaErrorCode.BadMessageHeader));
        Assert.That(errors[0].Message, Does.Contain(about));
    }

    [Test]
    public void Every_defect_is_listed_not_only_the_first()
    {
        List<SchemaError> errors = Errors(Head + """
            <message name="m" id="1">
            <field name="a" id="1" type="nowhere"/>
            <field name="b" id="1" type="int8"/>
            </message>
            <message name="n" id="1"/>
            </messageSchema>
            """);
        Assert.That(errors.Select(e => e.Location.Line), Is.EqualTo((int[])[20, 21, 23]));
    }

    [Test]
    public void A_sound_schema_has_none() =>
        Assert.That(Errors(Head + "<message name='m' id='1'/></messageSchema>"), Is.Empty);

    private static IEnumerable<TestCaseData> Cases() =>
        Bad.Select((b, i) => new TestCaseData(b.Code, b.Body).SetName($"{b.Code}_{i}"));

    private static List<SchemaError> Errors(string text)
    {
        SchemaErrors errors = new();
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
        MessageSchema? schema = new SchemaReader(errors).Read(stream, "bad.xml");
        Assert.That(schema is null, Is.EqualTo(errors.Any));
        return [.. errors.InOrder];
    }
}
