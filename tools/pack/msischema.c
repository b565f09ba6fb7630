/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msischema.h"

#include <stdlib.h>

/* The tables of the Windows Installer SDK that packages use here: "Column:type", and what table
 * _Validation says of the column: least and largest value, table and column that it refers to,
 * category, set of values. */
static const char *const schema[] = {
    "_Validation",
    "Table:s32!|||||Identifier",
    "Column:s32!|||||Identifier",
    "Nullable:s4||||||Y;N",
    "MinValue:I4|-2147483647|2147483647",
    "MaxValue:I4|-2147483647|2147483647",
    "KeyTable:S255|||||Identifier",
    "KeyColumn:I2|1|32",
    "Category:S32||||||Text;Formatted;Template;Condition;Guid;Path;Version;Language;I"
    "dentifier;Binary;UpperCase;LowerCase;Filename;Paths;AnyPath;WildCardFilename;Reg"
    "Path;CustomSource;Property;Cabinet;Shortcut;FormattedSDDLText;Integer;DoubleInte"
    "ger;TimeDate;DefaultDir",
    "Set:S255|||||Text",
    "Description:S255|||||Text",
    NULL,
    "AdminExecuteSequence",
    "Action:s72!|||||Identifier",
    "Condition:S255|||||Condition",
    "Sequence:I2|-4|32767",
    NULL,
    "AdminUISequence",
    "Action:s72!|||||Identifier",
    "Condition:S255|||||Condition",
    "Sequence:I2|-4|32767",
    NULL,
    "AdvtExecuteSequence",
    "Action:s72!|||||Identifier",
    "Condition:S255|||||Condition",
    "Sequence:I2|-4|32767",
    NULL,
    "ActionText",
    "Action:s72!|||||Identifier",
    "Description:L0|||||Text",
    "Template:L0|||||Template",
    NULL,
    "AppSearch",
    "Property:s72!|||||Identifier",
    "Signature_:s72!|||Signature;RegLocator;IniLocator;DrLocator;CompLocator|1|Identi"
    "fier",
    NULL,
    "Binary",
    "Name:s72!|||||Identifier",
    "Data:v0|||||Binary",
    NULL,
    "CheckBox",
    "Property:s72!|||||Identifier",
    "Value:S64|||||Formatted",
    NULL,
    "Component",
    "Component:s72!|||||Identifier",
    "ComponentId:S38|||||Guid",
    "Directory_:s72|||Directory|1|Identifier",
    "Attributes:i2",
    "Condition:S255|||||Condition",
    "KeyPath:S72|||File;Registry;ODBCDataSource|1|Identifier",
    NULL,
    "Control",
    "Dialog_:s72!|||Dialog|1|Identifier",
    "Control:s50!|||||Identifier",
    "Type:s20|||||Identifier",
    "X:i2|0|32767",
    "Y:i2|0|32767",
    "Width:i2|0|32767",
    "Height:i2|0|32767",
    "Attributes:I4|0|2147483647",
    "Property:S72|||||Identifier",
    "Text:L0|||||Formatted",
    "Control_Next:S50|||Control|2|Identifier",
    "Help:L50|||||Text",
    NULL,
    "ControlCondition",
    "Dialog_:s72!|||Dialog|1|Identifier",
    "Control_:s50!|||Control|2|Identifier",
    "Action:s50!||||||Default;Disable;Enable;Hide;Show",
    "Condition:s255!|||||Condition",
    NULL,
    "ControlEvent",
    "Dialog_:s72!|||Dialog|1|Identifier",
    "Control_:s50!|||Control|2|Identifier",
    "Event:s50!|||||Formatted",
    "Argument:s255!|||||Formatted",
    "Condition:S255!|||||Condition",
    "Ordering:I2|0|2147483647",
    NULL,
    "CreateFolder",
    "Directory_:s72!|||Directory|1|Identifier",
    "Component_:s72!|||Component|1|Identifier",
    NULL,
    "CustomAction",
    "Action:s72!|||||Identifier",
    "Type:i2|1|32767",
    "Source:S72|||||CustomSource",
    "Target:S255|||||Formatted",
    "ExtendedType:I4|0|2147483647",
    NULL,
    "Dialog",
    "Dialog:s72!|||||Identifier",
    "HCentering:i2|0|100",
    "VCentering:i2|0|100",
    "Width:i2|0|32767",
    "Height:i2|0|32767",
    "Attributes:I4|0|2147483647",
    "Title:L128|||||Formatted",
    "Control_First:s50|||Control|2|Identifier",
    "Control_Default:S50|||Control|2|Identifier",
    "Control_Cancel:S50|||Control|2|Identifier",
    NULL,
    "Directory",
    "Directory:s72!|||||Identifier",
    "Directory_Parent:S72|||Directory|1|Identifier",
    "DefaultDir:l255|||||DefaultDir",
    NULL,
    "DrLocator",
    "Signature_:s72!|||||Identifier",
    "Parent:S72!|||||Identifier",
    "Path:S255!|||||AnyPath",
    "Depth:I2|0|32767",
    NULL,
    "Environment",
    "Environment:s72!|||||Identifier",
    "Name:l255|||||Text",
    "Value:L255|||||Formatted",
    "Component_:s72|||Component|1|Identifier",
    NULL,
    "Error",
    "Error:i2!|0|32767",
    "Message:L0|||||Template",
    NULL,
    "EventMapping",
    "Dialog_:s72!|||Dialog|1|Identifier",
    "Control_:s50!|||Control|2|Identifier",
    "Event:s50!|||||Identifier",
    "Attribute:s50|||||Identifier",
    NULL,
    "Feature",
    "Feature:s38!|||||Identifier",
    "Feature_Parent:S38|||Feature|1|Identifier",
    "Title:L64|||||Text",
    "Description:L255|||||Text",
    "Display:I2|0|32767",
    "Level:i2|0|32767",
    "Directory_:S72|||Directory|1|UpperCase",
    "Attributes:i2||||||0;1;2;4;5;6;8;9;10;16;17;18;20;21;22;24;25;26;32;33;34;36;37;"
    "38;48;49;50;52;53;54",
    NULL,
    "FeatureComponents",
    "Feature_:s38!|||Feature|1|Identifier",
    "Component_:s72!|||Component|1|Identifier",
    NULL,
    "File",
    "File:s72!|||||Identifier",
    "Component_:s72|||Component|1|Identifier",
    "FileName:l255|||||Filename",
    "FileSize:i4|0|2147483647",
    "Version:S72|||File|1|Version",
    "Language:S20|||||Language",
    "Attributes:I2|0|32767",
    "Sequence:i4|1|2147483647",
    NULL,
    "Icon",
    "Name:s72!|||||Identifier",
    "Data:v0|||||Binary",
    NULL,
    "InstallExecuteSequence",
    "Action:s72!|||||Identifier",
    "Condition:S255|||||Condition",
    "Sequence:I2|-4|32767",
    NULL,
    "InstallUISequence",
    "Action:s72!|||||Identifier",
    "Condition:S255|||||Condition",
    "Sequence:I2|-4|32767",
    NULL,
    "LaunchCondition",
    "Condition:s255!|||||Condition",
    "Description:l255|||||Formatted",
    NULL,
    "ListBox",
    "Property:s72!|||||Identifier",
    "Order:i2!|1|32767",
    "Value:s64|||||Formatted",
    "Text:L64|||||Text",
    NULL,
    "Media",
    "DiskId:i2!|1|32767",
    "LastSequence:i4|0|2147483647",
    "DiskPrompt:L64|||||Text",
    "Cabinet:S255|||||Cabinet",
    "VolumeLabel:S32|||||Text",
    "Source:S72|||||Property",
    NULL,
    "MsiFileHash",
    "File_:s72!|||File|1|Identifier",
    "Options:i2|0|32767",
    "HashPart1:i4",
    "HashPart2:i4",
    "HashPart3:i4",
    "HashPart4:i4",
    NULL,
    "MsiServiceConfig",
    "MsiServiceConfig:s72!|||||Identifier",
    "Name:l255|||||Formatted",
    "Event:i2|0|7",
    "ConfigType:i4|-2147483647|2147483647",
    "Argument:L0|||||Formatted",
    "Component_:s72|||Component|1|Identifier",
    NULL,
    "MsiShortcutProperty",
    "MsiShortcutProperty:s72!|||||Identifier",
    "Shortcut_:s72|||Shortcut|1|Identifier",
    "PropertyKey:s0|||||Formatted",
    "PropVariantValue:s0|||||Formatted",
    NULL,
    "Property",
    "Property:s72!|||||Identifier",
    "Value:l0|||||Text",
    NULL,
    "RadioButton",
    "Property:s72!|||||Identifier",
    "Order:i2!|1|32767",
    "Value:s64|||||Formatted",
    "X:i2|0|32767",
    "Y:i2|0|32767",
    "Width:i2|0|32767",
    "Height:i2|0|32767",
    "Text:L0|||||Formatted",
    "Help:L50|||||Text",
    NULL,
    "RegLocator",
    "Signature_:s72!|||||Identifier",
    "Root:i2|0|3",
    "Key:s255|||||RegPath",
    "Name:S255|||||Formatted",
    "Type:I2|0|18",
    NULL,
    "Registry",
    "Registry:s72!|||||Identifier",
    "Root:i2|-1|3",
    "Key:l255|||||RegPath",
    "Name:L255|||||Formatted",
    "Value:L0|||||Formatted",
    "Component_:s72|||Component|1|Identifier",
    NULL,
    "RemoveFile",
    "FileKey:s72!|||||Identifier",
    "Component_:s72|||Component|1|Identifier",
    "FileName:L255|||||WildCardFilename",
    "DirProperty:s72|||||Identifier",
    "InstallMode:i2||||||1;2;3",
    NULL,
    "ServiceControl",
    "ServiceControl:s72!|||||Identifier",
    "Name:l255|||||Formatted",
    "Event:i2|0|187",
    "Arguments:L255|||||Formatted",
    "Wait:I2|0|1",
    "Component_:s72|||Component|1|Identifier",
    NULL,
    "ServiceInstall",
    "ServiceInstall:s72!|||||Identifier",
    "Name:s255|||||Formatted",
    "DisplayName:L255|||||Formatted",
    "ServiceType:i4|-2147483647|2147483647",
    "StartType:i4|0|4",
    "ErrorControl:i4|-2147483647|2147483647",
    "LoadOrderGroup:S255|||||Formatted",
    "Dependencies:S255|||||Formatted",
    "StartName:S255|||||Formatted",
    "Password:S255|||||Formatted",
    "Arguments:S255|||||Formatted",
    "Component_:s72|||Component|1|Identifier",
    "Description:L255|||||Formatted",
    NULL,
    "Shortcut",
    "Shortcut:s72!|||||Identifier",
    "Directory_:s72|||Directory|1|Identifier",
    "Name:l128|||||Filename",
    "Component_:s72|||Component|1|Identifier",
    "Target:s72|||||Shortcut",
    "Arguments:S255|||||Formatted",
    "Description:L255|||||Text",
    "Hotkey:I2|0|32767",
    "Icon_:S72|||Icon|1|Identifier",
    "IconIndex:I2|-32767|32767",
    "ShowCmd:I2||||||1;3;7",
    "WkDir:S72|||||Identifier",
    "DisplayResourceDLL:S255|||||Formatted",
    "DisplayResourceId:I2|0|32767",
    "DescriptionResourceDLL:S255|||||Formatted",
    "DescriptionResourceId:I2|0|32767",
    NULL,
    "Signature",
    "Signature:s72!|||||Identifier",
    "FileName:s255|||||Filename",
    "MinVersion:S20|||||Text",
    "MaxVersion:S20|||||Text",
    "MinSize:I4|0|2147483647",
    "MaxSize:I4|0|2147483647",
    "MinDate:I4|0|2147483647",
    "MaxDate:I4|0|2147483647",
    "Languages:S255|||||Language",
    NULL,
    "TextStyle",
    "TextStyle:s72!|||||Identifier",
    "FaceName:s32|||||Text",
    "Size:i2|0|32767",
    "Color:I4|0|16777215",
    "StyleBits:I2|0|15",
    NULL,
    "UIText",
    "Key:s72!|||||Identifier",
    "Text:L255|||||Text",
    NULL,
    "Upgrade",
    "UpgradeCode:s38!|||||Guid",
    "VersionMin:S20!|||||Text",
    "VersionMax:S20!|||||Text",
    "Language:S255!|||||Language",
    "Attributes:i4!|0|2147483647",
    "Remove:S255|||||Formatted",
    "ActionProperty:s72|||||UpperCase",
    NULL,
    NULL,
};

enum { PARTS = 7 };

/* The columns of a table: the first of them; NULL: nobody knows it. */
static const char *const *find(const char *table) {
    const char *const *p = schema;

    while (*p) {
        const char *const *columns = p + 1;

        if (str_is(str_of(*p), table))
            return columns;
        while (*p)
            p++;
        p++;
    }
    return NULL;
}

struct msidb_table *msischema_table(struct msidb *db, const char *name) {
    struct msidb_table *t = msidb_find(db, str_of(name));
    const char *const *columns = find(name);
    AUTO(buf) words = BUF_NONE;

    if (t || !columns)
        return t;
    buf_init(&words, 4096);
    for (const char *const *c = columns; *c; c++) {
        struct str word = str_of(*c), column = str_split(&word, '|');

        buf_fmt(&words, "%s" STR_F, c == columns ? "" : " ", STR_A(column));
    }
    return msidb_add(db, name, arena_dup(db->mem, words.p, words.n));
}

static void put_row(struct msidb *db, struct msidb_table *to, struct str table,
                    const char *column) {
    struct str all = str_of(column), part[PARTS] = {{0}}, name;
    struct msidb_cell *x = msidb_row(db, to);
    bool null;

    for (size_t i = 0; i < PARTS && all.n; i++)
        part[i] = str_split(&all, '|');
    name = str_cut(part[0], 0, str_find(part[0], ':'));
    null = part[0].p[name.n + 1] >= 'A' && part[0].p[name.n + 1] <= 'Z';
    x[0] = (struct msidb_cell){.kind = MSIDB_STR, .s = table};
    x[1] = (struct msidb_cell){.kind = MSIDB_STR, .s = name};
    x[2] = (struct msidb_cell){.kind = MSIDB_STR, .s = null ? STR("Y") : STR("N")};
    for (size_t i = 1; i < PARTS; i++) {
        bool number = i == 1 || i == 2 || i == 4;

        if (!part[i].n)
            continue;
        x[i + 2].kind = number ? MSIDB_INT : MSIDB_STR;
        if (number)
            x[i + 2].i = (int32_t)strtol(str_z(db->mem, part[i]), NULL, 10);
        else
            x[i + 2].s = part[i];
    }
}

void msischema_validation(struct msidb *db) {
    struct msidb_table *v = msischema_table(db, "_Validation");

    for (const struct msidb_table *t = db->first; t; t = t->next)
        for (const char *const *c = find(str_z(db->mem, t->name)); c && *c; c++)
            put_row(db, v, t->name, *c);
}

struct str msischema_refers(const struct msidb_table *t, size_t column) {
    AUTO(arena) mem = {0};
    const char *const *c = find(str_z(&mem, t->name));

    for (; c && *c; c++) {
        struct str all = str_of(*c), part[PARTS] = {{0}};

        for (size_t i = 0; i < PARTS && all.n; i++)
            part[i] = str_split(&all, '|');
        if (str_eq(str_cut(part[0], 0, str_find(part[0], ':')), t->column[column].name))
            return str_is(part[4], "1") ? part[3] : (struct str){0};
    }
    return (struct str){0};
}
